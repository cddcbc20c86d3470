"""-U: which events are left out, and that the rest is as if they had never been."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pysysdig.errors import CaptureError
from pysysdig.events.build import Event, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.scap.build import write_capture
from pysysdig.scap.reader import open_capture
from pysysdig.sources.section import Plain
from pysysdig.sources.suppress import Suppressor
from pysysdig.state.build import process, snapshot
from tests.conftest import Call

SHELL, CAT, OTHER = 10, 20, 30


def spawn(name: str, tid: int, comm: str, parent: int, child: int = 0) -> Event:
    result = {"CLONE_20": child, "EXECVE_19": 0}[name]
    params: list[Any] = [result, "x", b"", tid, tid, parent, "/", 1024, 0, 0, 0, 0, 0, comm]
    return event(f"SYSCALL_{name}_X", 1000, tid, params, generation=OLD)


def read(tid: int) -> Event:
    return event("SYSCALL_READ_E", 1000, tid, [3, 10], generation=OLD)


def left(tmp_path: Path, events: list[Event], *comms: str) -> tuple[list[tuple[int, int, str]], list[str], int]:
    """((number, thread, direction) of what is left, processes that are left, events left out)."""
    before = snapshot(process(SHELL, "sh"), process(OTHER, "other", ptid=SHELL))
    suppressor = Suppressor(comms)
    out: list[tuple[int, int, str]] = []
    with open_capture(str(write_capture(tmp_path / "a.scap", before, events))) as capture:
        for section in suppressor.sections(capture.sections()):
            for batch in section.batches():
                marks = ["<" if t & 1 else ">" for t in batch.type.tolist()]
                out += zip(batch.num.tolist(), batch.tid.tolist(), marks)
            names = [p.comm for p in section.snapshot.processes]
    return out, names, suppressor.count


def test_a_running_process_is_left_out_with_what_it_starts(tmp_path: Path) -> None:
    events = [
        read(SHELL),
        read(OTHER),
        spawn("CLONE_20", SHELL, "sh", 1, CAT),
        spawn("CLONE_20", CAT, "sh", SHELL),
        spawn("EXECVE_19", CAT, "cat", SHELL),
        read(CAT),
        read(OTHER),
    ]
    kept, names, count = left(tmp_path, events, "sh")
    assert kept == [(1, OTHER, ">"), (2, OTHER, ">")]
    assert names == ["other"]  # its children that run already stay
    assert count == 6


def test_a_name_given_by_execve_counts_until_the_end(tmp_path: Path) -> None:
    events = [
        read(OTHER),
        spawn("EXECVE_19", OTHER, "quiet", 1),
        read(OTHER),
        event("PROCEXIT_1_E", 1000, OTHER, [0], generation=OLD),
        read(OTHER),
        read(SHELL),
    ]
    kept, names, count = left(tmp_path, events, "quiet")
    assert kept == [(1, OTHER, ">"), (2, OTHER, ">"), (3, SHELL, ">")]
    assert names == ["sh", "other"]
    assert count == 3


def test_an_execve_to_another_name_is_seen_but_no_more(tmp_path: Path) -> None:
    """As in sysdig: only the parent and the new name decide about the event itself."""
    events = [spawn("EXECVE_19", OTHER, "quiet", 1), spawn("EXECVE_19", OTHER, "loud", 1), read(OTHER)]
    assert left(tmp_path, events, "quiet")[0] == [(1, OTHER, "<")]


def test_names_match_in_full(tmp_path: Path) -> None:
    kept, names, count = left(tmp_path, [read(OTHER), read(SHELL)], "s", "others")
    assert len(kept) == 2
    assert names == ["sh", "other"]
    assert count == 0


def test_the_end_of_a_process_stays_in_captures_of_exit_events() -> None:
    class Section(Plain):
        generation = CURRENT
        snapshot = snapshot(process(OTHER, "other"))

        def batches(self) -> Any:
            from pysysdig.events.build import batch

            yield batch([read(OTHER), event("PROCEXIT_1_E", 1000, OTHER, [0]), read(OTHER)])

    suppressor = Suppressor(["other"])
    (section,) = suppressor.sections([Section()])
    (batch,) = section.batches()
    assert batch.num.tolist() == [1, 2]


def test_a_trace_with_gaps_is_refused() -> None:
    class Section:
        complete = False

    with pytest.raises(CaptureError, match="written with a filter"):
        list(Suppressor(["x"]).sections([Section()]))  # type: ignore[list-item]


def test_on_the_command_line(call_cli: Call, tmp_path: Path) -> None:
    before = snapshot(process(SHELL, "sh"), process(OTHER, "other"))
    path = write_capture(tmp_path / "a.scap", before, [read(SHELL), read(OTHER)])
    done = call_cli("-r", str(path), "-U", "sh", "-v", "-p", "%evt.num %proc.name")
    assert done.stdout == b"1 other\n"
    assert b"Suppressed by Comm:2\n" in done.stderr
