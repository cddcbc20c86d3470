"""What depends on the machine: how it numbers its system calls. Both kinds of machines are looked at, whichever this is."""

from __future__ import annotations

import pytest

from pysysdig.capture import machine
from pysysdig.capture.machine import MACHINE, Machine
from pysysdig.events._syscall_table import SC_NAMES
from pysysdig.events.table import N_TYPES, TYPES

BOTH = {"x86-64": machine._x86_64(), "arm64": machine._arm64()}


@pytest.mark.parametrize("made", BOTH.values(), ids=BOTH)
def test_calls_are_those_of_the_table(made: Machine) -> None:
    """With the events that they have, start and end; each number once."""
    assert len(made.calls) > 250
    for number, (code, _, enter, exit_) in made.calls.items():
        assert 0 <= number < 1024 and code in SC_NAMES
        assert 0 <= enter < N_TYPES and 0 <= exit_ < N_TYPES and not enter & 1 and (exit_ & 1 or not exit_)


@pytest.mark.parametrize(("name", "kind", "number"), [("x86-64", "openat", 257), ("arm64", "openat", 56), ("arm64", "read", 63)])
def test_numbers(name: str, kind: str, number: int) -> None:
    assert BOTH[name].calls[number][1] == kind
    if kind == "openat":
        assert BOTH[name].calls[number][2] == TYPES["SYSCALL_OPENAT_2_E"]


def test_flags_and_registers_differ() -> None:
    one, two = BOTH.values()
    assert {stored for _, stored in one.open_flags} == {stored for _, stored in two.open_flags}
    assert one.open_flags != two.open_flags and "pt_regs" in one.registers and MACHINE in BOTH.values()
