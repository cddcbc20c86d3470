"""What a query asks for."""

from __future__ import annotations

import pytest

duckdb = pytest.importorskip("duckdb", reason="the extra sql is not installed")

from pysysdig.export.schema import Leaf, leaves, wide  # noqa: E402
from pysysdig.sql.used import used  # noqa: E402


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("select count(*) from events", ()),
        ("select proc.name, e.fd.name from events e where evt.type='open'", ("evt.type", "proc.name", "fd.name")),
        (
            "with x as (select proc.name n, evt.rawres r from events) select n, sum(r) from x group by all",
            ("evt.rawres", "proc.name"),
        ),
        ("select PROC.NAME from Events", ("proc.name",)),
        ("select proc.aname[1] from events", ("proc.aname",)),
    ],
)
def test_columns(text: str, columns: tuple[str, ...]) -> None:
    found = used(duckdb.connect(), text)
    assert found is not None and found.columns == columns


@pytest.mark.parametrize("text", ["select * from events", "from events", "select columns(*) from events"])
def test_everything(text: str) -> None:
    found = used(duckdb.connect(), text)
    assert found is not None and set(found.columns) >= {leaf.path for leaf in wide()}


def test_a_whole_struct() -> None:
    found = used(duckdb.connect(), "select proc from events")
    assert found is not None and found.columns == tuple(leaf.path for leaf in wide() if leaf.struct == "proc")


def test_other_statements() -> None:
    assert used(duckdb.connect(), "create table x (a int)") is None


def test_heads() -> None:
    found = used(duckdb.connect(), "select proc.name, fd.name as f, count(*) from events group by all")
    assert found is not None and found.heads == ("proc.name", None, None)


def test_what_a_star_stands_for_is_asked_only_where_there_is_one() -> None:
    """It may take opening a capture."""
    asked: list[str] = []

    def standard() -> list[Leaf]:
        asked.append("")
        return [leaves()["evt.num"]]

    for text in ("select proc.name, count(*) from events group by all", "select * from ecs"):
        assert used(duckdb.connect(), text, standard) is not None and not asked
    found = used(duckdb.connect(), "select *, proc.name from events", standard)
    assert found is not None and found.columns == ("evt.num", "proc.name") and asked
