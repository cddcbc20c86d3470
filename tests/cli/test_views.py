"""--view and --list-views."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pysysdig.views.loader import every_view
from tests.conftest import Call


@pytest.fixture
def demo(root: Path) -> Path:
    return root / "captures" / "demo.scap"


def test_a_table_for_people(call_cli: Call, demo: Path) -> None:
    lines = call_cli("-r", demo, "--view", "errors").stdout.decode().splitlines()
    assert lines[0].split() == ["COUNT", "ERROR"]
    assert lines[1].split() == ["160", "ENOENT"]


def test_raw_is_printed_twice_as_csysdig_does(call_cli: Call, demo: Path) -> None:
    lines = call_cli("-r", demo, "--view", "errors", "--raw").stdout.decode().splitlines()
    assert lines[0] == lines[-1] == "-" * 22
    assert lines[1] == "       160 ENOENT "
    rows = call_cli("-r", demo, "--view", "spy_users", "--raw").stdout.decode().splitlines()
    assert rows[: len(rows) // 2] == rows[len(rows) // 2 :]


def test_json_says_what_the_columns_are(call_cli: Call, demo: Path) -> None:
    (_, slice_) = json.loads(call_cli("-r", demo, "--view", "procs", "-j").stdout)["slices"]
    info = slice_["info"]
    assert slice_["count"] == len(slice_["data"])
    assert info["drillDownKeyField"] == "proc.pid"
    assert [c["name"] for c in info["legend"]][:3] == ["PID", "PPID", "CPU"]
    assert info["legend"][info["sortingCol"] - 1]["name"] == "CPU"
    assert {len(row["d"]) for row in slice_["data"]} == {len(info["legend"])}
    assert all(row["k"] == str(row["d"][0]) for row in slice_["data"])


def test_rows_can_be_chosen_and_sorted(call_cli: Call, demo: Path) -> None:
    def rows(*more: str) -> list[Any]:
        (_, slice_) = json.loads(call_cli("-r", demo, "--view", "errors", "-j", *more).stdout)["slices"]
        return [row["d"] for row in slice_.get("data", [])]

    everything = rows()
    assert rows("--from", "1", "--to", "2") == everything[1:3]
    assert rows("--from", "99") == []
    assert rows("--sortingcol", "2") == sorted(everything, key=lambda row: row[1])


def test_a_filter_restricts_it(call_cli: Call, demo: Path) -> None:
    def count(*words: str) -> int:
        (_, slice_) = json.loads(call_cli("-r", demo, "--view", "errors", "-j", *words).stdout)["slices"]
        return sum(row["d"][0] for row in slice_.get("data", []))

    assert 0 < count("evt.type=openat") < count()
    assert count("evt.type=openat") + count("evt.type!=openat") == count()


def test_a_filter_may_need_more_state_than_the_view(call_cli: Call, demo: Path) -> None:
    result = call_cli("-r", demo, "--view", "errors", "fd.types intersects (file)")
    assert result.returncode == 0 and len(result.stdout.splitlines()) > 1


def test_columns_for_containers(call_cli: Call, demo: Path) -> None:
    titles = call_cli("-r", demo, "--view", "procs", "-pc").stdout.decode().splitlines()[0].split()
    assert "VPID" in titles and "CONTAINER" in titles


def test_a_trace_written_with_a_filter_is_said_to_lack_threads(call_cli: Call, demo: Path, tmp_path: Path) -> None:
    part = tmp_path / "part.pscap"
    assert call_cli("-r", demo, "-w", part, "evt.type=openat").returncode == 0
    result = call_cli("-r", part, "--view", "procs")
    assert result.returncode == 0
    assert b"written with a filter" in result.stderr
    whole = tmp_path / "whole.pscap"
    call_cli("-r", demo, "-w", whole)
    assert call_cli("-r", whole, "--view", "procs").stdout == call_cli("-r", demo, "--view", "procs").stdout


def test_the_list(call_cli: Call) -> None:
    text = call_cli("--list-views").stdout.decode()
    listed = json.loads(call_cli("--list-views", "-j").stdout)
    assert len(text.splitlines()) == len(listed) == len(every_view())
    assert {"id": "procs", "isRoot": True, "drilldownTarget": "threads"}.items() <= next(
        v for v in listed if v["id"] == "procs"
    ).items()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--view", "nosuch"), "there is no view 'nosuch'; --list-views lists them"),
        (("--view", "proc"), "did you mean procs?"),
        (("--view", "errors", "--sortingcol", "9"), "there is no column 9 to sort by: there are 2"),
        (("--view", "errors", "--from", "3", "--to", "1"), "--to cannot be smaller than --from"),
        (("--view", "errors", "-c", "ps"), "--view stands alone"),
        (("--view", "errors", "evt.tpe=open"), "did you mean evt.type"),
    ],
)
def test_mistakes_are_one_line(call_cli: Call, demo: Path, words: tuple[str, ...], said: str) -> None:
    result = call_cli("-r", demo, *words)
    assert result.returncode == 1
    assert said in result.stderr.decode()
    assert not result.stdout


@pytest.mark.live
def test_live_a_table_an_interval(run_cli: Call) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time\n\n\ntime.sleep(600)"]) as process:  # a row is a line none the less
        try:
            text = run_cli("-M", "3", "--view", "procs", "--refresh", "500").stdout.decode()
        finally:
            process.kill()
    tables = text.split("\n\n")
    assert len(tables) > 2
    assert all(table.split()[:2] == ["PID", "PPID"] for table in tables)
    assert "python" in text


@pytest.mark.live
def test_live_processes_show_their_share_of_the_cpu(run_cli: Call) -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            text = run_cli("-M", "4", "--view", "procs", "--refresh", "1000", f"proc.pid={process.pid}").stdout.decode()
        finally:
            process.kill()
    rows = [line.split() for line in text.splitlines() if line.split()[:1] == [str(process.pid)]]
    assert max(float(row[2]) for row in rows) > 0
