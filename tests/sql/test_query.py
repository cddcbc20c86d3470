"""Queries on captures give what the filter and the chisels give."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import pysysdig
from pysysdig.errors import UsageError
from pysysdig.export.feed import Feed
from tests.conftest import Call
from tests.eventsources.audit_events import audit, log

pytest.importorskip("duckdb", reason="the extra sql is not installed")
pytest.importorskip("pyarrow", reason="the extra arrow is not installed")

from pysysdig.sql.query import Query  # noqa: E402


def demo(root: Path) -> Path:
    return root / "captures" / "demo.scap"


def test_group_by(root: Path) -> None:
    trace = pysysdig.open(demo(root))
    got = dict(trace.sql("select proc.name, count(*) from events group by all").fetchall())
    assert got == Counter(name for (name,) in trace.select("proc.name").rows())


def test_a_pushed_condition_counts_the_same(root: Path) -> None:
    trace = pysysdig.open(demo(root))
    middle = trace.count() // 2
    where = f"evt.type in ('openat', 'read') and evt.num > {middle}"
    got = trace.sql(f"select evt.num from events where {where}").fetchall()
    assert got == list(trace.filter(f"evt.type in (openat, read) and evt.num > {middle}").select("evt.num").rows())


@pytest.mark.parametrize("text", [
    "select count(*) from events a join events b on a.evt.num = b.evt.num",
    "with t as (select evt.num n from events) select count(*) from t a join t b using (n)",
    "select count(*) from (from events union all from events) x where (select count(*) from events) > 0",
])  # fmt: skip
def test_tables_that_are_read_more_than_once(root: Path, text: str) -> None:
    (count,) = pysysdig.open(demo(root)).sql(text).fetchone()
    assert count in (pysysdig.open(demo(root)).count(), 2 * pysysdig.open(demo(root)).count())


def test_parquet_answers_the_same(root: Path, tmp_path: Path) -> None:
    text = "select evt.type, count(*), sum(evt.rawres) from events where fd.name is not null group by all order by all"
    trace = pysysdig.open(demo(root))
    trace.wide().write(tmp_path / "x.parquet")
    assert Query(Feed((str(tmp_path / "x.parquet"),))).run(text).fetchall() == trace.sql(text).fetchall()
    assert Query(Feed((str(tmp_path),))).run(text).fetchall() == trace.sql(text).fetchall()
    kept = Query(Feed((str(tmp_path),), "proc.name = cat")).run("select count(*) from events").fetchone()
    assert kept == (trace.filter("proc.name = cat").count(),)
    with pytest.raises(UsageError, match="evt.buffer|buffers"):
        Query(Feed((str(tmp_path),), "evt.buffer contains x")).run("select count(*) from events").fetchone()
    with pytest.raises(UsageError, match="no Parquet file"):
        Query(Feed((str(tmp_path / "x.parquet"), str(demo(root)))))


@pytest.mark.parametrize(
    "text", ["select proc.nam from events", "selec 1", "", "-- nothing", "select nosuch from events", "select 1 from nosuch"]
)
def test_mistakes(root: Path, text: str) -> None:
    with pytest.raises(UsageError):
        pysysdig.open(demo(root)).sql(text)


@pytest.mark.parametrize("text", ["select count(*) from Alerts", "describe alerts", "select rule from alerts, events"])
def test_alerts_need_rules(root: Path, text: str) -> None:
    with pytest.raises(UsageError, match="^there is no table alerts without rules: --rules FILE"):
        Query(Feed((str(demo(root)),))).run(text)
    named = Query(Feed((str(demo(root)),))).run("with alerts as (select count(*) from events) select * from alerts")
    assert named.fetchone() == (pysysdig.open(demo(root)).count(),)


@pytest.mark.parametrize(
    "text",
    [
        "select nosuch from events",
        "select proc.nam from events",
        "select nosuch() from events",
        "selec 1",
        "select * from nosuch",
    ],
)
def test_what_is_said_of_mistakes(root: Path, text: str) -> None:
    """A line, and the query as it was given with a mark where DuckDB shows one: nothing of how it is asked."""
    with pytest.raises(UsageError) as told:
        Query(Feed((str(demo(root)),))).run(text)
    first, *mark = str(told.value).split("\n")
    assert "Error: " in first and "explain" not in str(told.value)
    assert not mark or (mark[0] == f"LINE 1: {text}" and mark[1].strip("^ ") == "")


@pytest.mark.parametrize(
    "text", ["from read_csv('{}')", "copy events to '{}'", "attach '{}'", "install httpfs", "set enable_external_access = true"]
)
def test_no_other_files(root: Path, tmp_path: Path, text: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    with pytest.raises(UsageError):
        pysysdig.open(demo(root)).sql(text.format(secret)).fetchall()
    assert secret.read_text() == "a,b\n1,2\n"


def test_unsafe(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    assert Query(Feed((str(demo(root)),)), unsafe=True).run(f"from read_csv('{path}')").fetchall() == [(1, 2)]


def test_damage_is_told(root: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.scap"
    cut.write_bytes(demo(root).read_bytes()[:-2000])
    answer = Query(Feed((str(cut), str(demo(root))))).run("select count(*) from events")
    assert answer.fetchone()[0] > pysysdig.open(demo(root)).count()
    assert len(answer.damage) == 1 and "cut.scap" in str(answer.damage[0])


def test_alerts(root: Path, tmp_path: Path) -> None:
    rules = tmp_path / "r.yaml"
    rules.write_text("- rule: opens\n  desc: x\n  condition: evt.type=openat\n  output: x %fd.name\n  priority: INFO\n")
    query = Query(Feed((str(demo(root)),)), rules=[str(rules)])
    alerts = pysysdig.open(demo(root)).rules(rules)
    assert query.run("select rule, count(*) from alerts group by all").fetchall() == [("opens", alerts.count())]
    joined = query.run("select count(*) from alerts a join events e on a.num = e.evt.num").fetchone()
    assert joined == (alerts.count(),)


def test_files_of_another_version_of_the_schema(root: Path, tmp_path: Path) -> None:
    """One among others is refused by its name; files that name none are read."""
    parquet = pytest.importorskip("pyarrow.parquet")
    first, second = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pysysdig.open(demo(root)).select("evt.num").write(first)
    table = parquet.read_table(first)
    text = "select count(*) from events"
    parquet.write_table(table.replace_schema_metadata(None), second)
    assert Query(Feed((str(first), str(second)))).run(text).fetchall() == [(2 * table.num_rows,)]
    parquet.write_table(table.replace_schema_metadata({**table.schema.metadata, b"pysysdig.schema": b"2"}), second)
    with pytest.raises(UsageError, match=r"b\.parquet: its schema has version 2, this program knows 1"):
        Query(Feed((str(first), str(second)))).run(text)


@pytest.mark.parametrize("suffix", [".json", ".scap"])
def test_other_sources_of_events(suffix: str, root: Path, tmp_path: Path, call_cli: Call) -> None:
    """Their fields are columns; also of captures, where system calls have none of them."""
    path = log(tmp_path, audit("create"), audit("create", user={"username": "bob", "groups": []}), audit("get"))
    if suffix == ".scap":
        call_cli("-r", path, "-w", tmp_path / "audit.scap")
        path = tmp_path / "audit.scap"
    trace = pysysdig.open(path)
    counted = trace.sql("select ka.verb, count(*), min(e.ka.user_name) from events e group by all order by all")
    assert counted.fetchall() == [("create", 2, "ann"), ("get", 1, "ann")]
    inner = "select json.obj->>'$.user.username' from events where list_contains(ka.user_groups, 'dev') and evt.num = 1"
    assert trace.sql(inner).fetchall() == [("ann",)]
    assert trace.sql("select count(*) from events a join events b on a.ka.verb = b.ka.verb").fetchall() == [(5,)]
    with pytest.raises(UsageError, match="user_nam"):
        trace.sql("select ka.user_nam from events")
    assert pysysdig.open(demo(root)).sql("select count(ka.verb) from events").fetchall() == [(0,)]


def test_everything_of_another_source(tmp_path: Path) -> None:
    """What `*` and a table without chosen columns are is said by the first file that there is."""
    trace = pysysdig.open(log(tmp_path, audit("create")).parent)
    (row,) = trace.sql("select * from events").fetchall()
    assert row[0].keys() == {"num", "rawtime", "time"} and row[1]["verb"] == "create" and row[1]["user_groups"] == ["dev", "ops"]
    assert trace.wide().columns[:4] == ("evt.num", "evt.rawtime", "evt.time", "ka.auditid")
    trace.wide().write(tmp_path / "x.parquet")
    told = Query(Feed((str(tmp_path / "x.parquet"),))).run("select ka.req_pod_initcontainers_image is null, ka.verb from events")
    assert told.fetchall() == [(True, "create")]


@pytest.mark.parametrize(
    "chosen",
    ["ka.verb=get", "not ka.impuser.name exists", "ka.uri startswith /api and ka.verb in (create, get)", "ka.verb != get"],
)
def test_filters_on_exported_audit_events(chosen: str, tmp_path: Path) -> None:
    """Asked of the file as of the log; what lists mean to filters cannot be said in SQL."""
    events = [audit("create"), audit("get"), audit("get", requestURI="/version", impersonatedUser={"username": "bob"})]
    trace = pysysdig.open(log(tmp_path, *events))
    trace.wide().write(tmp_path / "x.parquet")
    text = "select evt.num from events order by all"
    told = Query(Feed((str(tmp_path / "x.parquet"),), chosen)).run(text).fetchall()
    assert told == list(trace.filter(chosen).select("evt.num").rows()) and 0 < len(told) < 3
    with pytest.raises(UsageError, match="is a list"):
        Query(Feed((str(tmp_path / "x.parquet"),), "ka.user.groups intersects (dev)")).run(text).fetchall()
