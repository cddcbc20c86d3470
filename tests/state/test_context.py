"""What a stream tells of containers and accounts, kept for files that begin later."""

from __future__ import annotations

import pytest

from pysysdig.events.build import batch, event
from pysysdig.state import context
from pysysdig.state.context import ContextLog

EVENTS = [
    event("SYSCALL_GETUID_X", 1, 42, [0]),
    event("USER_ADDED_E", 2, -1, [1000, 1000, "joe", "/home/joe", "/bin/sh", ""]),
    event("CONTAINER_JSON_E", 3, -1, ['{"container": {"id": "abc", "type": 0, "name": "web"}}']),
    event("CONTAINER_JSON_2_E", 4, -1, ["no json"]),
    event("CONTAINER_E", 5, -1, ["def", 1, "name", "image"]),
    event("GROUP_DELETED_E", 6, -1, [7, "wheel", ""]),
]


def fed() -> ContextLog:
    log = ContextLog()
    log.feed(batch(EVENTS, first_num=10))
    return log


def test_what_is_kept() -> None:
    """With its number, and whom it is about: a container, or (None) the machine."""
    assert [(num, ident) for num, ident, _ in fed().entries] == [(11, None), (12, "abc"), (13, ""), (14, "def"), (15, None)]


def test_they_are_events_again() -> None:
    log = fed()
    plain, numbered = log.batch(), log.batch(numbered=True)
    assert plain.num.tolist() == [1, 2, 3, 4, 5] and plain.hidden is None
    assert numbered.num.tolist() == [11, 12, 13, 14, 15] and numbered.hidden is not None and numbered.hidden.all()
    again = ContextLog()
    again.feed(numbered)
    assert again.entries == log.entries and plain.ts.tolist() == [2, 3, 4, 5, 6]


def test_those_before_an_event() -> None:
    log = fed()
    assert [num for num, *_ in log.until(13).entries] == [11, 12] and len(log.entries) == 5


def test_no_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "MAX_EVENTS", 2)
    assert len(fed().entries) == 2


def test_batches_without_any() -> None:
    log = ContextLog()
    log.feed(batch(EVENTS[:1]))
    assert log.entries == [] and len(log.batch()) == 0
