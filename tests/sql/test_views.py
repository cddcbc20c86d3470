"""Views as text, and what a query of one needs."""

from __future__ import annotations

from pathlib import Path

import pytest

import pysysdig
from pysysdig.errors import UsageError
from pysysdig.export.feed import Feed
from pysysdig.sql.views import ALL, LIST, MILLIS, MOMENT, Field, View, create_view

ONE = View(
    "one",
    (Field("a.b.c", "{proc.name}"), Field("a.d", "{fd.name}", LIST), Field("t", "{evt.rawtime}", MOMENT),
     Field("ms", "{evt.rawtime}", MILLIS), Field("p", "'x', 'y'", ALL)),
    "{evt.dir} = '<'",
)  # fmt: skip


def test_fields_of_references() -> None:
    assert [f.path for f in ONE.using(["a"])] == ["a.b.c", "a.d"]
    assert [f.path for f in ONE.using(["a", "b", "c", "more"])] == ["a.b.c"]
    assert ONE.using(["nosuch"]) == ONE.using(["a", "x"]) == []
    assert ONE.leaves(ONE.using(["a", "d"])) == {"fd.name", "evt.dir"}


def test_what_is_missing_is_null() -> None:
    made = create_view(ONE, known={"proc.name"})
    assert "proc.name" in made and "fd.name" not in made and "WHERE NULL = '<'" in made


def test_engines() -> None:
    assert 'struct_pack("b" := struct_pack("c" := proc.name)' in create_view(ONE)
    assert "named_struct('b', named_struct('c', proc.name)" in create_view(ONE, "spark")
    with pytest.raises(UsageError, match="duckdb, spark"):
        create_view(ONE, "sqlite")


def test_times() -> None:
    duckdb = pytest.importorskip("duckdb", reason="the extra sql is not installed")
    connection = duckdb.connect()
    connection.execute("create table events as select {'rawtime': 1795317904388502999, 'dir': '<'} as evt")
    connection.execute(create_view(ONE, known={"evt.rawtime", "evt.dir"}))
    assert connection.execute("select epoch_us(t), ms, p from one").fetchone() == (1795317904388502, 1795317904388, ["x", "y"])


@pytest.mark.parametrize("calls", [False, True])
def test_parquet_answers_the_same(root: Path, tmp_path: Path, calls: bool) -> None:
    pytest.importorskip("duckdb", reason="the extra sql is not installed")
    pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    from pysysdig.sql.query import Query

    trace = pysysdig.open(root / "captures" / "demo.scap", calls=calls)
    trace.select("rules").write(tmp_path / "x.parquet")
    written = Query(Feed((str(tmp_path / "x.parquet"),)))
    for text in (
        "select event.action, file.path, user.name, count(*) from ecs group by all order by all",
        "select * exclude (device) from ocsf_file_activity order by metadata.sequence",
        "select e.process, a.actor.process from ecs e join ocsf_file_activity a on a.metadata.sequence = e.event.sequence "
        "order by a.metadata.sequence",
        "select count(*) from ocsf_process_activity",
    ):
        rows = trace.sql(text).fetchall()
        assert rows and written.run(text).fetchall() == rows


def test_names_in_full(root: Path) -> None:
    pytest.importorskip("duckdb", reason="the extra sql is not installed")
    answer = pysysdig.open(root / "captures" / "demo.scap").sql(
        "select e.process.parent.name, event.action as x from ecs e limit 1"
    )
    assert answer.heads == ["process.parent.name", "x"]
