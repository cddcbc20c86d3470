"""Every system call: what the probe collects for it, and how its enter and exit events are made of that.

The events and their parameters are those of sysdig 0.36's driver (libs 0.15.1); calls without an event of their own in
that version become `syscall` events with their ppm_sc code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pysysdig.capture.call_table import PROCESS_ROWS, ROWS
from pysysdig.capture.group import Maker
from pysysdig.capture.machine import MACHINE
from pysysdig.capture.operations import OP_STRING, POINTERS, read_data, written_data
from pysysdig.capture.params import const
from pysysdig.events import _event_table as table
from pysysdig.events.table import GENERIC_E, GENERIC_X

WANT_ENTER, WANT_EXIT, WANT_DATA, WANT_FOREIGN, WANT_STATE = 1, 2, 4, 8, 16
COLLECT, COLLECT_PROCESSES = 1, 2


class CallPlan(NamedTuple):
    """One system call: operations and parameters for its two events; `program` is the tail call that
    collects for the exit (enter events are always left to COLLECT)."""

    enter_type: int
    exit_type: int
    enter_ops: Sequence[int]
    exit_ops: Sequence[int]
    enter: Sequence[Maker]
    exit: Sequence[Maker]
    program: int
    direct_data: bool


def generic(number: int) -> tuple[Sequence[Maker], Sequence[Maker]]:
    """Parameters of the two `syscall` events that a call becomes when its arguments cannot be read."""
    identity = const(MACHINE.calls[number][0], "<u2")
    return (identity, const(number, "<u2")), (identity,)


def _plan(number: int, code: int, name: str, enter: int, exit_: int) -> CallPlan:
    row = ROWS.get(name)
    unknown = any(t in table.EVENTS_0_15_1 and table.EVENTS_0_15_1[t] is None for t in (enter, exit_))
    if row is None or unknown:
        return CallPlan(GENERIC_E, GENERIC_X, (), (), *generic(number), 0, False)
    enter_ops, exit_ops, enter_params, exit_params = row
    direct = len(exit_ops) == 1 and exit_ops[0] in (read_data(1), written_data(1, 2))
    program = COLLECT_PROCESSES if name in PROCESS_ROWS else COLLECT
    return CallPlan(enter, exit_, enter_ops, exit_ops, enter_params, exit_params, program, direct)


PLANS: dict[int, CallPlan] = {number: _plan(number, *call) for number, call in MACHINE.calls.items()}
NUMBERS: dict[str, int] = {call[1]: number for number, call in MACHINE.calls.items()}


def readable(plan: CallPlan) -> bool:
    """Whether what 32-bit programs give to a call can be read as if they were 64-bit ones."""
    return not any(operation & 0xFF in POINTERS for operation in (*plan.enter_ops, *plan.exit_ops))


def foreign_calls(plans: dict[int, CallPlan]) -> dict[int, tuple[int, bool]]:
    """Number of a 32-bit call -> that of the same 64-bit call, and whether its events can be like those of that one.
    plans: of all calls."""
    return {number: (same, alike and readable(plans[same])) for number, (same, alike) in MACHINE.foreign.items()}


FOREIGN = foreign_calls(PLANS)
GENERIC = {same: generic(same) for same, alike in FOREIGN.values() if not alike}


def _repairs() -> dict[int, tuple[int, int]]:
    """System calls whose first enter section is a string that the exit collects again: (number -> enter, exit section).

    A string on a page that was not in memory yet cannot be read when the call begins; when it ends, it can.
    """
    out = {}
    for number, plan in PLANS.items():
        for i, operation in enumerate(plan.enter_ops):
            if operation & 0xFF == OP_STRING and operation in plan.exit_ops:
                out[number] = i, list(plan.exit_ops).index(operation)
    return out


REPAIRS = _repairs()
