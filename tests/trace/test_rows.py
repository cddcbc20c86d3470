"""Process lists of our own traces: what they say comes back; what makes no sense is told apart from our own mistakes."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.state import snapshot as sn
from pysysdig.state.build import fd, process, snapshot
from pysysdig.trace import rows
from pysysdig.trace.frames import DAMAGED
from tests.trace.odd import variants


def machine() -> sn.Snapshot:
    made = snapshot(
        process(1, "init", args=["a", "b"], fds=[fd(3, "/etc/passwd")]),
        process(30, "cat", env=["X=1"]),
        accounts=[sn.UserEntry(0, 0, "root", "/root", "/bin/sh"), sn.GroupEntry(7, "wheel")],
    )
    made.interfaces.append(sn.InterfaceEntry("lo", bytes(4), bytes(4), bytes(4), 1))
    return made


def test_snapshots_come_back() -> None:
    said = rows.from_snapshot(machine())
    assert rows.from_snapshot(rows.to_snapshot(said)) == said


def test_a_snapshot_that_makes_no_sense_raises_what_is_named() -> None:
    told = 0
    for data in variants(rows.from_snapshot(machine())):
        try:
            rows.to_snapshot(data)
        except DAMAGED:
            told += 1
    assert told > 1000


def test_a_mistake_of_our_own_is_no_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    def slip(value: Any, kind: type) -> Any:
        return value.nosuch

    monkeypatch.setattr(rows, "_checked", slip)
    with pytest.raises(AttributeError) as caught:
        rows.to_snapshot(rows.from_snapshot(machine()))
    assert not isinstance(caught.value, DAMAGED)
