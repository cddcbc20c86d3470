"""The tree of processes: whose events, whose child, from when to when."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pysysdig.fields.lookup import lookup
from pysysdig.replay import replay
from pysysdig.report import processes as module
from pysysdig.sources.opening import open_any
from pysysdig.views.feed import LEVEL
from tests.report.made import data_of

PID, DEPTH, NAME, COMMAND, BEGIN, END, STATUS, EVENTS = range(8)


def parents(rows: list[list[Any]]) -> dict[int, int]:
    """The parent of each row by its place, -1 = none."""
    line: list[int] = []
    out = {}
    for i, row in enumerate(rows):
        del line[row[DEPTH] :]
        out[i] = line[-1] if line else -1
        line.append(i)
    return out


@pytest.mark.parametrize("capture", ["demo.scap", "exit_only_udp.scap", "udp.scap"])
def values(path: Path, *fields: str) -> list[tuple[Any, ...]]:
    """Fields of all events."""
    refs = [lookup(name) for name in fields]
    out: list[tuple[Any, ...]] = []
    with open_any(str(path)) as capture:
        for view, sel in replay(capture.sections(), level=LEVEL):
            out += zip(*(ref.column(view, sel).tolist() for ref in refs))
    return out


@pytest.mark.parametrize("capture", ["demo.scap", "exit_only_udp.scap", "udp.scap"])
def test_events_parents_and_ends_are_those_of_the_fields(root: Path, capture: str) -> None:
    path = root / "captures" / capture
    rows = data_of(path)["processes"]["rows"]
    events: Counter[int] = Counter()
    for row in rows:
        events[row[PID]] += row[EVENTS]
        assert row[BEGIN] is None or row[END] is None or row[BEGIN] <= row[END]
    seen = values(path, "proc.pid", "proc.ppid", "thread.tid", "evt.type")
    assert +events == Counter(pid for pid, _, _, _ in seen if pid is not None and pid >= 0)
    first_parents = {pid: ppid for pid, ppid, _, _ in reversed(seen)}
    above = parents(rows)
    nested = [(row[PID], rows[above[i]][PID]) for i, row in enumerate(rows) if above[i] >= 0 and row[PID] in first_parents]
    assert nested
    assert all(first_parents[pid] == parent for pid, parent in nested)
    ended = {pid for pid, _, tid, name in seen if name == "procexit" and pid == tid}
    assert {row[PID] for row in rows if row[END] is not None} == ended


def test_those_with_most_events_are_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "captures" / "demo.scap"
    everyone = data_of(path)["processes"]
    monkeypatch.setattr(module, "KEPT", 6)
    few = data_of(path)
    assert len(few["processes"]["rows"]) <= 6 < len(everyone["rows"])
    assert max(r[EVENTS] for r in few["processes"]["rows"]) == max(r[EVENTS] for r in everyone["rows"])
    assert any(note.startswith("Process tree:") for note in few["notes"])


def test_a_process_whose_threads_start_others_is_one(shared: Path) -> None:
    """Threads are younger than their leaders, and no processes of their own; no pid is used twice in this capture."""
    rows = data_of(shared / "captures" / "containers.scap")["processes"]["rows"]
    assert len({row[PID] for row in rows}) == len(rows) > 20
