"""What a stream tells of containers and accounts, kept for files that begin later."""

from __future__ import annotations

import json

import pytest

from pysysdig.events.build import Event, batch, event
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


def test_batches_without_any() -> None:
    log = ContextLog()
    log.feed(batch(EVENTS[:1]))
    assert log.entries == [] and len(log.batch()) == 0


def told(ident: str, kind: str = "CONTAINER_JSON_2_E") -> Event:
    return event(kind, 1, -1, [json.dumps({"container": {"id": ident}})])


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers that come late are kept, however many there were; who follows goes on where it was."""
    monkeypatch.setattr(context, "MAX_EVENTS", 16)
    log = ContextLog()
    seen: list[str | None] = []
    for i in range(50):
        before = len(log)
        log.feed(batch([told(f"{i:012x}")], first_num=i + 1))
        seen += [ident for _, ident, _ in log.since(before)]
        assert len(log) == i + 1 == log.dropped + len(log.entries) and len(log.entries) <= 18
    assert seen == [f"{i:012x}" for i in range(50)]
    assert log.entries[-1][:2] == (50, f"{49:012x}") and len(log.since(0)) >= 16
    assert len(log.until(50).entries) == len(log.entries) - 1


def test_what_asynchronous_events_tell() -> None:
    asynchronous = [
        event("ASYNCEVENT_E", 1, 0, [0, name, json.dumps({"container": {"id": "b" * 12}}).encode()])
        for name in ("container", "container_removed", "other")
    ]
    events = [
        event("USER_ADDED_E", 5, -1, [5, 6, "joe", "/j", "/sh", ""]), told("a" * 12),
        event("CONTAINER_E", 1, -1, ["c" * 12, 0, "n", "i"]),
        *asynchronous, event("SYSCALL_GETUID_X", 1, 7, [0]), event("CONTAINER_JSON_E", 1, -1, ["no JSON"]),
    ]  # fmt: skip
    log = ContextLog()
    log.feed(batch(events))
    assert [(num, ident) for num, ident, _ in log.entries] == [(1, None), (2, "a" * 12), (3, "c" * 12), (4, "b" * 12), (8, "")]
    again = log.batch(numbered=True)
    assert again.num.tolist() == [1, 2, 3, 4, 8] and again.hidden is not None and again.hidden.all()
