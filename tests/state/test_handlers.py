"""Every event that changes state has one handler, whoever brings it."""

from __future__ import annotations

import pytest

from pysysdig.events.table import CURRENT, OLD
from pysysdig.state import build as st
from pysysdig.state.base import Machine
from pysysdig.state.handlers import of_descriptors, of_threads
from pysysdig.state.levels import FD
from pysysdig.state.registry import EVENTS


@pytest.mark.parametrize("generation", [OLD, CURRENT])
def test_all_events_are_handled_once(generation: str) -> None:
    machine = Machine(st.snapshot(), generation, FD)
    threads, descriptors = of_threads(machine), of_descriptors(machine)
    assert not set(threads) & set(descriptors)
    assert set(threads) | set(descriptors) == {t for t, event in EVENTS.items() if event.only in ("", generation)}


def test_handlers_change_the_machine_they_are_given() -> None:
    one, other = (Machine(st.snapshot(), CURRENT, FD) for _ in range(2))
    for machine in (one, other):
        handlers = [*of_threads(machine).values(), *of_descriptors(machine).values()]
        assert all(h.__self__.machine is machine for h in handlers)  # type: ignore[attr-defined]


def test_nothing_of_descriptors_is_needed_for_threads() -> None:
    """Below the level of descriptors, threads alone are followed."""
    machine = Machine(st.snapshot(), CURRENT, FD)
    assert {EVENTS[t].handler for t in of_threads(machine)} >= {"on_clone_exit", "on_execve_exit", "on_procexit", "on_setuid"}
    assert not any(EVENTS[t].makes for t in of_threads(machine))
