"""What every thread adds to a view at the end of an interval."""

from __future__ import annotations

from typing import Any

import numpy as np

from pysysdig.events.build import batch, event
from pysysdig.events.table import OLD, TYPES
from pysysdig.fields.lookup import lookup
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import COUNTERS
from pysysdig.views.threads import thread_events


def test_one_event_for_each_thread() -> None:
    """It has the values of a thread and is of no call, a nanosecond before the second began."""
    before = snapshot(process(1, "init"), process(42, "cat"), process(43, "cat", pid=42))
    shown = Inspector(before, OLD, COUNTERS).process(batch([event("SYSCALL_GETUID_E", 5_300_000_000, 42)]))
    found: Any = thread_events(shown, 0)
    every = np.arange(len(found))
    assert sorted(lookup("thread.tid").column(found, every).tolist()) == [1, 42, 43]
    assert set(found.batch.ts.tolist()) == {4_999_999_999} and set(found.batch.type.tolist()) == {TYPES["SCAPEVENT_X"]}
    assert sorted(lookup("proc.name").column(found, every).tolist()) == ["cat", "cat", "init"]
