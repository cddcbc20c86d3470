"""Handlers are registered once, and what depends on that is derived."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.events.table import CURRENT, OLD, TYPES
from pysysdig.state import inspector, registry
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import FD, THREAD
from pysysdig.state.registry import EVENTS, handlers_of, on
from pysysdig.state.snapshot import Snapshot


@pytest.mark.parametrize("generation", [OLD, CURRENT])
def test_an_inspector_handles_what_is_registered(generation: str) -> None:
    got = Inspector(Snapshot(), generation, FD).handlers
    assert {t: handler.__name__ for t, handler in got.items()} == {
        t: event.handler for t, event in EVENTS.items() if event.only in ("", generation)
    }
    assert (TYPES["SYSCALL_CLOSE_E"] in got) == (generation == OLD) != (TYPES["SOCKET_RECV_X"] in got)


def test_enter_events_are_kept_for_the_exits_that_need_them() -> None:
    light = Inspector(Snapshot(), OLD, THREAD)
    kept = {t for t, handler in light.handlers.items() if handler == light.on_kept_enter}
    assert kept == {t - 1 for t in light.handlers if t in EVENTS and EVENTS[t].enter}
    assert TYPES["SYSCALL_PRLIMIT_E"] in kept < inspector._KEPT


def test_registering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "EVENTS", {})

    class Some:
        @on("SYSCALL_OPEN_X", native="open", enter=True)
        @on("SYSCALL_DUP_X", only=OLD)
        def on_some(self, pos: int, t: Any, p: Any) -> None:
            """Nothing."""

    some = Some()
    assert handlers_of(some, CURRENT) == {TYPES["SYSCALL_OPEN_X"]: some.on_some}
    assert set(handlers_of(some, OLD)) == {TYPES["SYSCALL_OPEN_X"], TYPES["SYSCALL_DUP_X"]}
    assert registry.EVENTS[TYPES["SYSCALL_OPEN_X"]].native == "open" and not registry.EVENTS[TYPES["SYSCALL_DUP_X"]].enter
    with pytest.raises(AssertionError):
        on("SYSCALL_OPEN_X")(Some.on_some)
