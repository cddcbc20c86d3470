"""The views that there are."""

from __future__ import annotations

from pysysdig.export.schema import leaves
from pysysdig.sql.catalog import CATALOG, VIEWS


def test_they_are_of_columns_that_there_are() -> None:
    assert set(CATALOG) == {"ecs", "ocsf"}
    for view in VIEWS.values():
        assert view.leaves(view.fields) <= set(leaves())
        assert len({field.path for field in view.fields}) == len(view.fields)
