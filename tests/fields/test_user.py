"""user.* of threads whose accounts nothing told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields.lookup import lookup
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import THREAD


def shown(field: str, generation: str) -> list[Any]:
    """Of a process of the process list that has no audit user, one that has, and one made by a thread that is not known."""
    before = snapshot(process(10, "a"), process(20, "b", loginuid=1000))
    values = [30, "c", b"", 5, 5, 1, "/", 1024, 0, 0, 1, 2, 3, "c", b"cpu=/\0", 0, 7, 8, 5, 5, 0]
    events = [event("SYSCALL_CLONE_20_X", tid=5, params=values)]
    events += [event("SYSCALL_GETUID_X", tid=tid, params=[0]) for tid in (10, 20, 30)]
    view = Inspector(before, generation, THREAD).process(batch(events))
    return lookup(field).shown(view, np.array([1, 2, 3])).tolist()


@pytest.mark.parametrize(("generation", "untold"), [(OLD, 0), (CURRENT, -1)])
def test_an_audit_user_that_nothing_told(generation: str, untold: int) -> None:
    """sysdig 0.36 shows 0, and no name; what the process list calls unset is -1 everywhere."""
    assert shown("user.loginuid", generation) == [-1, 1000, untold]
    assert shown("user.uid", generation) == [0, 0, 7]


def test_its_name() -> None:
    assert shown("user.loginname", OLD) == ["<NA>", "<NA>", ""]
