"""evt.*: what an event is, when it happened, what it returned."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.events.build import event
from pysysdig.events.table import CURRENT
from tests.fields.asked import READS, TS, file_view, values


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
    assert values(file_view(*READS), field) == want


def test_type_is_looks_at_the_first_type_of_a_name_and_shows_nothing() -> None:
    view = file_view(*READS)
    assert values(view, "evt.type.is.read", shown=False) == [1, 1, 1]
    assert values(view, "evt.type.is.7", shown=False) == [0, 1, 0]
    assert values(view, "evt.type.is.read") == [None] * 3


def test_current_libraries_have_no_latency_and_judge_results_differently() -> None:
    new = [event("SYSCALL_READ_X", TS, 30, [-9, None, 3, 10]), event("PROCEXIT_1_E", TS, 30, [0, 0, 0, 0, 0])]
    view = file_view(*new, generation=CURRENT)
    assert values(view, "evt.latency") == [0, 0]
    assert values(view, "evt.latency.quantized") == [0, 0]
    assert values(view, "evt.failed") == [True, None]
    assert values(view, "evt.count.error") == [1, None]
    assert values(view, "evt.res") == ["EBADF", None]
