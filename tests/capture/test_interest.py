"""Which system calls are recorded for what somebody wants to see."""

from __future__ import annotations

from pysysdig.capture import interest
from pysysdig.capture.calls import NUMBERS
from pysysdig.events.table import GENERIC_E, GENERIC_X, TYPES
from pysysdig.filter import compile_filter


def test_state_comes_with_every_interest() -> None:
    wanted = interest.numbers({"read"})
    assert wanted is not None
    assert NUMBERS["read"] in wanted and NUMBERS["write"] not in wanted
    assert {NUMBERS[n] for n in ("openat", "close", "execve", "clone", "connect", "chdir", "dup2", "socketpair")} <= wanted
    assert interest.numbers(None) is None


def test_one_generic_call_does_not_bring_all_others() -> None:
    chosen = compile_filter("evt.type in (getppid, openat)")
    types = chosen.event_types()
    assert types is not None and {GENERIC_E, GENERIC_X, TYPES["SYSCALL_OPENAT_2_X"]} <= types
    found = interest.names(types, chosen.may_match_call)
    assert "openat" in found and "getppid" in found and "getpgrp" not in found
    everything = interest.names(types)
    assert found < everything and "getpgrp" in everything
    assert len(interest.numbers(found) or ()) < len(NUMBERS) / 3
