"""What a view is: how it is laid out, by which column it is sorted, at which depth."""

from __future__ import annotations

import pytest

from pysysdig.errors import UsageError
from pysysdig.views.loader import find_view
from pysysdig.views.model import GROUP, KEY, SUM, Column, at_depth, layout, sorted_by


def test_what_no_view_can_be_is_refused() -> None:
    whole = find_view("errors")
    for wrong in (
        whole._replace(columns=whole.columns[1:]),
        whole._replace(columns=whole.columns[:1]),
        whole._replace(kind="graph"),
        whole._replace(columns=(*whole.columns, Column("X", "evt.count", aggregation="MEDIAN"))),
        find_view("file_opens")._replace(columns=(Column("", "fd.name", role="key"), Column("N", "evt.count", aggregation=SUM))),
    ):
        with pytest.raises(UsageError, match="view "):
            layout(wrong)


VIEW = find_view("procs")


def test_layout() -> None:
    """The key apart, the group first, the rest as they are; some columns only with containers."""
    plain, containers = layout(VIEW), layout(VIEW, containers=True)
    assert plain.key is not None and plain.key.role == KEY and plain.key not in plain.columns
    assert plain.grouped is any(c.role == GROUP for c in VIEW.columns)
    assert len(plain.shown) == len(plain.columns) - plain.grouped
    assert {c.title for c in containers.shown} > {c.title for c in plain.shown}
    assert plain.shown[plain.sort - plain.grouped if not plain.grouped else plain.sort].sort


def test_another_column_to_sort_by() -> None:
    plan = layout(VIEW)
    assert sorted_by(plan, None) is plan and sorted_by(plan, 1).sort == 0
    for wrong in (0, len(plan.shown) + 1):
        with pytest.raises(UsageError, match=f"there is no column {wrong} to sort by"):
            sorted_by(plan, wrong)


@pytest.mark.parametrize(("depth", "text"), [(0, "a[0] b[1] c[-1]"), (3, "a[3] b[4] c[2]")])
def test_depths(depth: int, text: str) -> None:
    assert at_depth("a[%depth] b[%depth+1] c[%depth-1]", depth) == text
