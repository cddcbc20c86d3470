"""The tables of chisels, worked out by SQL."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import pysysdig
from pysysdig.events.table import EC_INTERNAL, OLD, load
from tests.conftest import Call

pytest.importorskip("duckdb", reason="the extra sql is not installed")
pytest.importorskip("pyarrow", reason="the extra arrow is not installed")

MOVED = "sum(evt.rawres) from events where evt.rawres > 0"
IO = "(evt.is_io_read or evt.is_io_write)"
PROCESS = "proc.name, proc.pid"
NET = "fd.type in ('ipv4', 'ipv6')"
HIDDEN = {t.name for t in load(OLD) if t.category & EC_INTERNAL}
QUERIES = {
    "topfiles_bytes": f"select fd.name, {MOVED} and fd.type = 'file' and {IO}",
    "topprocs_file": f"select {PROCESS}, {MOVED} and fd.type = 'file' and {IO}",
    "topprocs_net": f"select {PROCESS}, {MOVED} and {NET} and {IO}",
    "topconns": f"select fd.l4proto, fd.name, {MOVED} and {NET} and {IO}",
    "topscalls": "select evt.type, count(*) from events where evt.type <> 'switch'",
    "topscalls_time": "select evt.type, sum(evt.latency) from events where evt.latency > 0",
    "topfiles_time": f"select fd.name, sum(evt.latency) from events where fd.type = 'file' and {IO} and evt.latency > 0",
    "topfiles_errors": "select fd.name, count(*) from events where fd.type = 'file' and evt.failed",
    "topprocs_errors": f"select {PROCESS}, count(*) from events where evt.failed",
}


@pytest.mark.parametrize("chisel", QUERIES)
@pytest.mark.parametrize("capture", ["demo.scap", "udp.scap", "syscalls.scap"])
def test_the_same_sums(root: Path, capture: str, chisel: str, run_cli: Call) -> None:
    """Rows of equal sums may come in another order, and of those at the end of the table others may be shown. Chisels count
    events that nobody is shown (procinfo); the table does not have them."""
    path = root / "captures" / capture
    given = run_cli("-r", str(path), "-c", chisel, "-j").stdout
    rows = [(*row[:-1], int(row[-1])) for part in json.JSONDecoder().raw_decode(given.decode())[0:1] for row in part["data"]]
    rows = [row for row in rows if row[0] not in HIDDEN]
    query = f"{QUERIES[chisel]} and {' and '.join(f'{key} is not null' for key in _keys(chisel))} group by all"
    sums = {tuple(map(str, row[:-1])): int(row[-1]) for row in pysysdig.open(path).sql(query).fetchall()}
    assert [row[-1] for row in rows] == sorted(sums.values(), reverse=True)[: len(rows)]
    for row in rows:
        assert sums[tuple(map(str, row[:-1]))] == row[-1]
    assert len(rows) >= min(len(sums), 10)


def _keys(chisel: str) -> list[str]:
    return QUERIES[chisel].removeprefix("select ").split(", count(")[0].split(", sum(")[0].split(", ")
