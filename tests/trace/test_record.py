"""What a recorder writes down is enough for a playback to show each event what the Inspector showed it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.events.build import Event, batch, event
from pysysdig.events.table import CURRENT
from pysysdig.state.build import fd, process, snapshot
from pysysdig.state.context import ContextLog
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import ORDERS
from pysysdig.state.table import named
from pysysdig.state.tap import Tap
from pysysdig.state.view import EventView
from pysysdig.trace import columns
from pysysdig.trace.batch import TraceBatch
from pysysdig.trace.frames import Blobs
from pysysdig.trace.playback import Playback
from pysysdig.trace.record import Recorder
from pysysdig.trace.recorded import RecordedFds
from pysysdig.trace.values import dumps, loads

START = snapshot(process(1, "init"), process(42, "cat", fds=[fd(0, "/dev/null"), fd(1, "/tmp/out")]), process(43, "dog", ptid=42))


def stream() -> list[list[Event]]:
    """Files that are opened, renamed descriptors, a process that goes and one that is never heard of."""
    return [
        [
            event("SYSCALL_OPENAT_2_X", 1000, 42, [3, -100, "/etc/passwd", 1, 0, 0, 0]),
            event("SYSCALL_READ_X", 1001, 42, [5, b"root", 3, 100]),
            event("SYSCALL_READ_X", 1002, 43, [-9, b"", 7, 100]),
        ],
        [
            event("SYSCALL_DUP2_X", 2000, 42, [1, 3, 1]),
            event("SYSCALL_WRITE_X", 2001, 42, [5, b"hello", 1, 5]),
            event("PROCEXIT_1_E", 2002, 43, [0, 0, 0, 0, 1]),
            event("SYSCALL_GETUID_X", 2003, 77, [0]),
            event("SYSCALL_CLOSE_X", 2004, 42, [0, 3]),
        ],
    ]


def seen(view: EventView, sel: Any) -> list[Any]:
    """What each of some events sees: who, whose child, which descriptor."""
    parents = view.parent(view.main[sel], sel)
    return list(
        zip(
            view.threads.text(view.thread[sel], named("comm")).tolist(),
            view.threads.text(parents, named("comm")).tolist(),
            view.fds.text(view.fd[sel], named("name")).tolist(),
            view.fdnum[sel].tolist(),
            view.enter_ts[sel].tolist(),
            view.name_changed[sel].tolist(),
        )
    )


def through(complete: bool, chosen: Any) -> tuple[list[Any], list[Any], list[Any], Playback]:
    """What an Inspector and a Playback show to `chosen` of each batch; the state parts between them; the Playback."""
    inspector = Inspector(START, CURRENT, ORDERS)
    recorder = Recorder(Tap(inspector), ContextLog(), complete)
    playback = Playback(START, CURRENT)
    live, played, told = [], [], []
    for i, events in enumerate(stream()):
        view = inspector.process(batch(events))
        sel = chosen(len(view))
        live += seen(view, sel)
        if complete and not i:
            blobs = Blobs()
            state = dumps(recorder.start(int(sel[0]), blobs))
            ref = blobs.add(state)
            playback.skip(ref, memoryview(blobs.body()), ("x", 0))
        blobs = Blobs()
        told.append(recorder.record(view, sel, blobs))
        state_ref = blobs.add(dumps(told[-1]))
        directory = columns.encode(view.batch.subset(sel), blobs)
        again = TraceBatch(loads(dumps(directory)), len(sel), memoryview(blobs.body()), "x", 0, state=state_ref)
        played += seen(playback.process(again), np.arange(len(sel)))
    return live, played, told, playback


@pytest.mark.parametrize("complete", [True, False])
def test_events_see_the_same(complete: bool) -> None:
    live, played, told, _ = through(complete, np.arange)
    assert live == played
    assert [who for who, *_ in live] == ["cat", "cat", "dog", "cat", "cat", "dog", "<NA>", "cat"]
    assert live[4][2] == "/etc/passwd" and live[2][1] == "cat"
    assert [t["afresh"] for t in told] == ([False, False] if complete else [True, False])


def test_some_events_see_the_same() -> None:
    """Filtered: every other event, whose state nobody else tells."""
    live, played, *_ = through(False, lambda n: np.arange(0, n, 2))
    assert live == played and len(live) == 5


def test_filtered_files_have_nothing_of_others() -> None:
    """Of events of one process: its rows, and those of its ancestors."""
    live, played, told, playback = through(False, lambda n: np.array([0]))
    assert live == played
    assert {playback.threads.rows[i].comm for i in range(len(playback.threads.rows))} == {"cat", "init"}
    files = range(RecordedFds.TYPES, len(playback.fds.rows))
    assert [playback.fds.rows[i].name for i in files] == ["/dev/null", "/tmp/out", "/etc/passwd", "/etc/passwd"]
    assert "counters" in told[0] and "open" in told[0]


def test_a_recorder_goes_on_where_another_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the same file: everything is said afresh but what was told of containers."""
    inspector = Inspector(START, CURRENT, ORDERS)
    tap, context = Tap(inspector), ContextLog()
    first = Recorder(tap, context, True)
    view = inspector.process(batch(stream()[0]))
    first.start(0, Blobs())
    first.record(view, np.arange(3), Blobs())
    second = Recorder(tap, context, True, first)
    assert second.rows == 0 and first.rows > 4
    assert second.start(0, Blobs())["afresh"] and second.rows > 3
