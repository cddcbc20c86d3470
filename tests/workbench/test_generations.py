"""Calls as two events are seen as the one event that they were made of."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.events.batch import EventBatch
from pysysdig.events.build import batch
from pysysdig.events.table import CURRENT, OLD, TYPES, load
from pysysdig.sources.convert import converted
from pysysdig.sources.section import Plain
from pysysdig.state.build import process, snapshot
from pysysdig.workbench.generations import enter_and_exit


class Old(Plain):
    """A section of these events."""

    def __init__(self, events: EventBatch) -> None:
        self.snapshot = snapshot(process(42, "cat"))
        self.generation = OLD
        self._events = events

    def batches(self) -> Any:
        yield self._events


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("SYSCALL_OPENAT_2_X", [3, -100, "/etc/shadow", 1, 7, 8, 9]),
        ("SYSCALL_CLOSE_X", [0, 5]),
        ("SOCKET_SOCKET_X", [4, 2, 1, 6, 0]),
        ("SYSCALL_READ_X", [2, b"ab", 3, 100]),
        ("SYSCALL_UNLINKAT_2_X", [0, -100, "/x", 0]),
        ("SYSCALL_SETUID_X", [0, 33]),
        ("SOCKET_CONNECT_X", [0, ("10.0.0.2", 4000, "1.2.3.4", 80), 4, ("1.2.3.4", 80)]),
    ],
)
def test_converted_they_have_all_parameters(name: str, params: list[Any]) -> None:
    pair = enter_and_exit(name, 10_000, 42, params)
    assert len(pair) == 2
    (section,) = converted([Old(batch(pair))])
    (made,) = section.batches()
    kind = TYPES[name]
    at = made.positions(kind)
    assert len(at) == 1
    spans = made.spans(kind, at)
    for i, (param, value) in enumerate(zip(load(CURRENT)[kind].params, params)):
        if isinstance(value, int):
            assert made.fixed(spans, i, param.type)[0].tolist() == [value], param.name
        elif isinstance(value, str):
            assert made.texts(spans, i) == [value], param.name


def test_what_is_no_call_stays_one_event() -> None:
    assert len(enter_and_exit("PROCEXIT_1_E", 1, 42, [0, 0, 0, 0, 0])) == 1
