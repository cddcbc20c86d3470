"""Process lists of our own traces: what they say comes back; what makes no sense is told apart from our own mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pysysdig.state import snapshot as sn
from pysysdig.state.build import fd, process, snapshot
from pysysdig.trace import rows
from pysysdig.trace.frames import DAMAGED

ODD: tuple[Any, ...] = (-1, 2, 1 << 40, 1 << 64, "", "x", b"", b"1234", None, [], [[]], {}, {"a": 1}, True, 0.5)


def machine() -> sn.Snapshot:
    made = snapshot(
        process(1, "init", args=["a", "b"], fds=[fd(3, "/etc/passwd")]),
        process(30, "cat", env=["X=1"]),
        accounts=[sn.UserEntry(0, 0, "root", "/root", "/bin/sh"), sn.GroupEntry(7, "wheel")],
    )
    made.interfaces.append(sn.InterfaceEntry("lo", bytes(4), bytes(4), bytes(4), 1))
    return made


def variants(value: Any) -> Iterator[Any]:
    """The value with one thing in it, however deep, in every odd way."""
    yield from ODD
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ({**value, key: other} for other in variants(inner))
            yield {k: v for k, v in value.items() if k != key}
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from ([*value[:i], other, *value[i + 1 :]] for other in variants(inner))
        yield [*value, *value]


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
