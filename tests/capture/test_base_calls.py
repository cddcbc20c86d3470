"""Falco's base_syscalls: what is recorded besides what rules look at."""

from __future__ import annotations

from pysysdig.capture.base_calls import BaseCalls
from pysysdig.capture.calls import NUMBERS
from pysysdig.capture.interest import numbers, state_numbers

NAMES = {number: name for name, number in NUMBERS.items()}


def named(wanted: set[str], *custom: str, repair: bool = False) -> set[str]:
    found = numbers(wanted, BaseCalls(custom, repair))
    assert found is not None
    return {NAMES[number] for number in found}


def test_without_anything_all_that_state_needs() -> None:
    assert named({"kill"}) == {"kill"} | {NAMES[number] for number in state_numbers()}


def test_a_set_in_its_place() -> None:
    assert named({"kill"}, "clone", "execve") == {"kill", "clone", "execve"}
    assert named({"kill"}, "!close", "!kill") == {NAMES[number] for number in state_numbers()} - {"close", "kill"}
    assert named({"kill", "openat"}, "clone", "!openat") == {"kill", "clone"}


def test_an_event_brings_all_its_calls() -> None:
    """As in Falco the names are those of evt.type."""
    assert named(set(), "accept4") >= {"accept4"} and named(set(), "prlimit") == {"prlimit64"}


def test_repair_brings_only_what_is_needed() -> None:
    """The cases of libs' check_sinsp_repair_state_sc_set."""
    least = named({"kill"}, repair=True)
    assert {"kill", "clone", "execve", "setuid", "prctl", "chdir"} <= least and not least & {"close", "socket", "bind"}
    assert named({"openat"}, repair=True) - least == {"openat", "close"}
    assert named({"connect"}, repair=True) - least == {"connect", "close", "socket", "getsockopt"}
    assert named({"accept4"}, repair=True) - least == {"accept4", "close", "socket", "getsockopt", "bind"}
    assert named({"kill"}, "openat", "!clone", repair=True) == least | {"openat", "close"}


def test_names_that_there_are_not() -> None:
    assert BaseCalls(("openat", "!nosuch", "other")).unknown == ["nosuch", "other"]
    assert named({"kill"}, "nosuch") == named({"kill"})
