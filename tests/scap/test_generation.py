"""Which generation a capture was made for, by its first events."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.events.build import Event, batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.scap import generation as module
from pysysdig.scap.generation import GenerationGuess

ENTER = event("SYSCALL_READ_E", 1, 1, [3, 10])
NEW_EXIT = event("SYSCALL_READ_X", 1, 1, [3, b"x", 3, 10])
OLD_EXIT = event("SYSCALL_READ_X", 1, 1, [3, b"x"])
SAME_EXIT = event("SYSCALL_GETUID_X", 1, 1, [0])
SILENT = event("PROCEXIT_1_E", 1, 1, [0, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("events", "answer"),
    [
        ([ENTER, NEW_EXIT, NEW_EXIT], OLD),
        ([SILENT, NEW_EXIT], CURRENT),
        ([NEW_EXIT, NEW_EXIT, OLD_EXIT], CURRENT),
        ([NEW_EXIT, OLD_EXIT, OLD_EXIT], OLD),
        ([SAME_EXIT], CURRENT),
        ([SILENT], OLD),
        ([event("SYSCALL_READ_X", 1, 1, [3, b"x", 3, 10], v1=True)], OLD),
    ],
)
def test_answers(events: list[Event], answer: str) -> None:
    guess = GenerationGuess()
    guess.feed(batch(events))
    assert guess.answer() == answer


def test_when_it_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """By an enter event at once; by enough new ends; by many events."""
    assert GenerationGuess().feed(batch([NEW_EXIT, ENTER]))
    guess, batches = GenerationGuess(), 0
    while not guess.feed(batch([NEW_EXIT] * 10)):
        batches += 1
    assert batches == module.ENOUGH // 10
    monkeypatch.setattr(module, "PREFIX", 25)
    other: Any = GenerationGuess()
    assert [other.feed(batch([SILENT] * 10)) for _ in range(3)] == [False, False, True]
