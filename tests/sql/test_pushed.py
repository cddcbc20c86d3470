"""Conditions that are applied before: they leave out nothing that a query counts, and frames are not read for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import pysysdig
from pysysdig.trace.batch import TraceBatch

duckdb = pytest.importorskip("duckdb", reason="the extra sql is not installed")

from pysysdig.sql.used import used  # noqa: E402

FRAME = 128  # events
US = 1_795_317_904_388_502  # 2026-11-22 03:25:04.388502


@pytest.mark.parametrize(
    ("where", "filter_text"),
    [
        ("evt.type = 'open'", 'evt.type in (open)'),
        ("evt.type in ('open', 'o''x') and proc.pid = 3", "evt.type in (open, \"o'x\")"),
        ("proc.name in ('(sd-pam)', 'a,b', '', 'a\\')", 'proc.name in ("(sd-pam)", "a,b", "", "a\\x5c")'),
        ("evt.rawtime between 5 and 9 and 7 < evt.num", "evt.rawtime >= 5 and evt.rawtime <= 9 and evt.num > 7"),
        ("evt.type = 'a' or proc.name = 'b'", ""),
        ("not evt.type = 'a'", ""),
        ("proc.name = fd.name", ""),
        ("proc.name = NULL", ""),
        ("evt.num > -1", ""),
    ],
)  # fmt: skip
def test_conditions_that_a_filter_can_say(where: str, filter_text: str) -> None:
    found = used(duckdb.connect(), f"select count(*) from events where {where}")
    assert found is not None and found.filter == filter_text


def test_nothing_is_pushed_into_joins() -> None:
    found = used(duckdb.connect(), "select 1 from events a join events b on true where a.evt.type = 'open'")
    assert found is not None and found.filter == "" and found.tables.count("events") == 2


@pytest.mark.parametrize(
    ("where", "filter_text"),
    [
        ("evt.time >= '2026-11-22 03:25:04.388502+00'", f"evt.rawtime >= {US}000"),
        ("evt.time > timestamptz '2026-11-22 05:25:04.388502+02'", f"evt.rawtime >= {US + 1}000"),
        ("evt.time < '2026-11-22 03:25:04.388502+00'::timestamptz", f"evt.rawtime < {US}000"),
        ("'2026-11-22 03:25:04.388502Z' >= e.evt.time", f"evt.rawtime < {US + 1}000"),
        ("evt.time = '2026-11-22 03:25:04.388502+00'", f"evt.rawtime >= {US}000 and evt.rawtime < {US + 1}000"),
        ("evt.time >= 'nonsense'", ""),
        ("evt.time >= 'infinity'", ""),
        ("evt.time >= now()", ""),
        ("evt.time >= 5", ""),
        ("evt.time <> '2026-11-22'", ""),
    ],
)
def test_times(where: str, filter_text: str) -> None:
    found = used(duckdb.connect(), f"select count(*) from events e where {where}")
    assert found is not None and found.filter == filter_text


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_times_without_a_zone_are_those_of_the_session(zone: str) -> None:
    connection = duckdb.connect()
    connection.execute(f"set TimeZone = '{zone}'")
    for written in (
        "timestamp '2026-11-22 03:25:04'",
        "date '2026-11-22'",
        "'2026-11-22 03:25'",
        "'2026-11-22'::date::timestamp",
    ):
        found = used(connection, f"select count(*) from events where evt.time >= {written}")
        (us,) = connection.execute(f"select epoch_us(cast({written} as timestamptz))").fetchone()
        assert found is not None and found.filter == f"evt.rawtime >= {us}000"


def test_views() -> None:
    """Fields that are columns as they are, and the events that can be rows at all."""
    where = (
        "event.action in ('openat') and e.process.name = 'cat' and file.path = 'x' and \"@timestamp\" > '2026-11-22 00:00:00+00'"
    )
    found = used(duckdb.connect(), f"select count(*) from ecs e where {where}")
    assert found is not None
    assert found.filter == "evt.type in (openat) and proc.name in (cat) and evt.rawtime >= 1795305600000001000"
    found = used(duckdb.connect(), "select count(*) from ocsf_network_activity where actor.process.name = 'cat'")
    assert found is not None and found.filter.startswith("evt.type in (connect, accept")
    assert found.filter.endswith(") and proc.name in (cat)")


@pytest.fixture(scope="module")
def trace(root: Path, tmp_path_factory: pytest.TempPathFactory) -> pysysdig.Trace:
    """demo.scap as an own trace in small frames."""
    from pysysdig.cli.main import main

    path = tmp_path_factory.mktemp("frames") / "demo.pscap"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pysysdig.scap.reader.MAX_EVENTS", FRAME)
        assert main(["-r", str(root / "captures" / "demo.scap"), "-w", str(path)]) == 0
    return pysysdig.open(path)


def test_frames_that_are_read(trace: pysysdig.Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is that of all events; what is read for it are the frames of that time, or with that type."""
    rows = list(trace.select("evt.num", "evt.time", "evt.rawtime", "evt.type").rows())
    middle = len(rows) // 2
    low, high = rows[middle], rows[middle + 50]
    made: list[int] = []
    begin = TraceBatch.__init__

    def counted(self: TraceBatch, *args: Any, **named: Any) -> None:
        made.append(1)
        begin(self, *args, **named)

    monkeypatch.setattr(TraceBatch, "__init__", counted)

    def asked(where: str) -> tuple[int, int]:
        made.clear()
        (count,) = trace.sql(f"select count(*) from events where {where}").fetchone()
        return count, len(made)

    count, frames = asked("evt.num >= 0")
    assert count == len(rows) and frames >= len(rows) // FRAME
    span = f"between '{low[1].isoformat()}' and '{high[1].isoformat()}'"
    for where in (f"evt.rawtime between {low[2]} and {high[2]}", f"evt.time {span}"):
        count, read = asked(where)
        assert count == sum(low[1] <= row[1] <= high[1] for row in rows) and 0 < read <= 3 < frames, where
    count, read = asked("evt.type = 'vfork'")
    assert count == sum(row[3] == "vfork" for row in rows) and 0 < read < frames
    assert asked("evt.type in ('swapon') and fd.name is null") == (0, 0)
    assert asked(f"evt.time > '{rows[-1][1].isoformat()}'") == (0, 0)
    count, read = asked("evt.rawres = 0")
    assert read == frames  # not pushed
