"""evt.*: what an event is, when it happened, what it returned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields.lookup import lookup
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.state import snapshot as s
from pysysdig.state.build import fd, process, snapshot
from pysysdig.state.inspector import Inspector

FDS = [fd(3, "/etc/passwd"), fd(4, "/var/log", s.FD_DIRECTORY), fd(5, "/dev/log", s.FD_UNIX_SOCK), fd(6, "", s.FD_FIFO)]
TS = 1_000_000_000_000_000_000


def view_of(*events: Any, generation: str = OLD) -> Any:
    before = snapshot(process(30, "cat", cwd="/home/", fds=FDS))
    return Inspector(before, generation).process(batch(events))


def old(name: str, params: list[Any], ts: int = TS, tid: int = 30) -> Any:
    return event(name, ts, tid, params, generation=OLD)


def values(view: Any, text: str, shown: bool = True, options: RenderOptions = PLAIN) -> list[Any]:
    ref = lookup(text, options=options)
    return (ref.shown if shown else ref.column)(view, np.arange(len(view))).tolist()


READS = (
    old("SYSCALL_READ_E", [3, 10], TS),
    old("SYSCALL_READ_X", [-9, b""], TS + 1500),
    old("SYSCALL_READ_E", [6, 10], TS + 9000),
)


@pytest.mark.parametrize(
    ("field", "want"),
    [
        ("evt.num", [1, 2, 3]), ("evt.cpu", [0, 0, 0]), ("evt.dir", [">", "<", ">"]), ("evt.type", ["read"] * 3),
        ("syscall.type", ["read"] * 3), ("evt.category", ["file", "file", "ipc"]), ("evt.source", ["syscall"] * 3),
        ("evt.is_async", [False] * 3), ("evt.asynctype", [None] * 3), ("evt.hostname", ["testhost"] * 3),
        ("evt.count", [1] * 3), ("evt.count.exit", [None, 1, None]), ("util.cnt", [1, 2, 3]),
        ("evt.is_io", [True] * 3), ("evt.is_io_write", [False] * 3), ("evt.io_dir", ["read"] * 3), ("evt.is_wait", [False] * 3),
        ("evt.rawtime", [TS, TS + 1500, TS + 9000]), ("evt.rawtime.s", [TS // 10**9] * 3), ("evt.rawtime.ns", [0, 1500, 9000]),
        ("evt.reltime", [0, 1500, 9000]), ("evt.deltatime", [0, 1500, 7500]), ("evt.time.s", ["01:46:40"] * 3),
        ("evt.latency", [0, 1500, 0]), ("evt.latency.human", ["0ns", "1.50us", "0ns"]), ("evt.wait_latency", [None] * 3),
        ("evt.res", [None, "EBADF", None]), ("evt.rawres", [None, -9, None]), ("evt.failed", [False, True, False]),
        ("evt.count.error", [None, 1, None]), ("evt.count.error.file", [None, 1, None]), ("evt.count.error.net", [None] * 3),
        ("evt.count.error.other", [None] * 3), ("evt.buflen", [None] * 3), ("evt.is_open_read", [False] * 3),
        ("evt.pluginname", [None] * 3), ("evt.plugininfo", [None] * 3), ("span.id", [None] * 3),
    ],
)  # fmt: skip
def test_reads(field: str, want: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.render.times.zone_offset", lambda: 0)
    assert values(view_of(*READS), field) == want


def test_type_is_looks_at_the_first_type_of_a_name_and_shows_nothing() -> None:
    view = view_of(*READS)
    assert values(view, "evt.type.is.read", shown=False) == [1, 1, 1]
    assert values(view, "evt.type.is.7", shown=False) == [0, 1, 0]
    assert values(view, "evt.type.is.read") == [None] * 3


def test_generic_events_are_named_by_system_call() -> None:
    view = view_of(old("GENERIC_E", [0, 262]), old("GENERIC_X", [0]), old("GENERIC_E", [1, 0]))
    names = values(view, "evt.type")
    assert names[0] == "newfstatat"  # by its native number: the recorder did not know the call
    assert names[1] == "unknown"
    assert values(view, "evt.args") == ["", "", ""]


def test_switch_shows_the_latency_that_its_thread_still_has() -> None:
    switch = old("SCHEDSWITCH_6_E", [0, 0, 0, 0, 0, 0], TS + 5000)
    assert values(view_of(*READS[:2], switch), "evt.latency") == [0, 1500, 1500]
    assert values(view_of(READS[0], switch), "evt.latency") == [0, 0]
    assert values(view_of(switch), "evt.latency") == [0]


def test_latencies_all_lie_in_one_bucket() -> None:
    assert values(view_of(*READS[:2]), "evt.latency.quantized") == [None, 1]


def test_current_libraries_have_no_latency_and_judge_results_differently() -> None:
    new = [event("SYSCALL_READ_X", TS, 30, [-9, None, 3, 10]), event("PROCEXIT_1_E", TS, 30, [0, 0, 0, 0, 0])]
    view = view_of(*new, generation=CURRENT)
    assert values(view, "evt.latency") == [0, 0]
    assert values(view, "evt.latency.quantized") == [0, 0]
    assert values(view, "evt.failed") == [True, None]
    assert values(view, "evt.count.error") == [1, None]
    assert values(view, "evt.res") == ["EBADF", None]


def test_deltatime_keeps_its_state_between_batches() -> None:
    ref = lookup("evt.deltatime.ns")
    view = view_of(*READS)
    assert ref.column(view, np.array([0, 1])).tolist() == [0, 1500]
    assert ref.column(view, np.array([2])).tolist() == [7500]


def test_json_shows_times_as_numbers_and_no_deltas() -> None:
    view, json = view_of(*READS), RenderOptions(json=True)
    assert values(view, "evt.datetime", options=json) == [TS, TS + 1500, TS + 9000]
    assert values(view, "evt.outputtime", options=json) == [TS, TS + 1500, TS + 9000]
    assert values(view, "evt.deltatime", options=json) == [0, 0, 0]  # the second of two evaluations of the same event


@pytest.mark.parametrize(
    ("mode", "want"),
    [
        ("h", ["01:46:40.000000000", "01:46:40.000001500", "01:46:40.000009000"]),
        ("a", ["1000000000.0", "1000000000.1500", "1000000000.9000"]),
        ("r", ["0.000000000", "0.000001500", "0.000009000"]),
        ("d", ["0.000000000", "0.000001500", "0.000000000"]),
        ("D", ["0.000000000", "0.000001500", "0.000007500"]),
    ],
)
def test_output_time(mode: str, want: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.render.times.zone_offset", lambda: 0)
    assert values(view_of(*READS), "evt.outputtime", options=RenderOptions(time_mode=mode)) == want


def test_opens() -> None:
    def opened(fdnum: int, flags: int, mode: int = 0) -> Any:
        return old("SYSCALL_OPENAT_2_X", [fdnum, -100, "x", flags, mode, 0, 0])

    view = view_of(
        opened(7, 1), opened(8, 3), opened(-2, 4 | 2, 0o755), opened(9, 1 << 14 | 2), opened(-1, 1 << 13), opened(9, 1 << 13)
    )
    assert values(view, "evt.is_open_read") == [True, True, False, False, False, False]
    assert values(view, "evt.is_open_write") == [False, True, True, True, False, False]
    assert values(view, "evt.is_open_exec") == [False, False, True, False, False, False]
    assert values(view, "evt.is_open_create") == [False, False, False, True, False, True]
    creat = view_of(old("SYSCALL_CREAT_X", [7, "x", 0o100]))
    assert values(creat, "evt.is_open_exec") == [True]


@pytest.mark.parametrize(
    ("name", "params", "field", "want"),
    [
        ("SYSCALL_RENAMEAT2_X", [0, 4, "a", -100, "b", 0], "evt.abspath", "/var/log/a"),
        ("SYSCALL_RENAMEAT2_X", [0, 4, "a", -100, "b", 0], "evt.abspath.src", "/var/log/a"),
        ("SYSCALL_RENAMEAT2_X", [0, 4, "a", -100, "b", 0], "evt.abspath.dst", "/home/b"),
        ("SYSCALL_UNLINKAT_2_X", [0, 99, "a", 0], "evt.abspath", "<UNKNOWN>/a"),
        ("SYSCALL_UNLINKAT_2_X", [0, 99, "/x/../y", 0], "evt.abspath", "/y"),
        ("SYSCALL_ACCESS_X", [0, "a"], "evt.abspath", None),
    ],
)
def test_abspath(name: str, params: list[Any], field: str, want: str | None) -> None:
    assert values(view_of(old(name, params)), field) == [want]


def test_buffer_is_bytes_for_filters_and_text_for_display() -> None:
    view = view_of(
        old("SYSCALL_READ_X", [0, b""]),
        old("SYSCALL_READ_X", [3, b"a\nb"]),
        old("SYSCALL_READ_X", [0, b""]),
        old("SYSCALL_READ_E", [3, 1]),
    )
    assert values(view, "evt.buffer", shown=False) == [b"", b"a\nb", b"", None]
    assert values(view, "evt.buffer") == ["", "a.b", "NUL", None]  # NULL cut to the length of the last buffer


def test_first_results_of_old_headers() -> None:
    events = [event("SYSCALL_READ_X", TS, 30, [-9, b"x"], v1=True), event("SYSCALL_CLOSE_X", TS, 30, [0], v1=True)]
    assert values(view_of(*events), "evt.rawres") == [-9, 0]
