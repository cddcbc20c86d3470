"""Every system call: what the probe collects for it, and how its enter and exit events are made of that.

The events and their parameters are those of sysdig 0.36's driver (libs 0.15.1); calls without an event of their own in
that version become `syscall` events with their ppm_sc code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pysysdig.capture.call_table import PROCESS_ROWS, ROWS
from pysysdig.capture.operations import STRING, read_data, written_data
from pysysdig.capture.params import Maker, const
from pysysdig.events import _event_table as table
from pysysdig.events.table import GENERIC_E, GENERIC_X

WANT_ENTER, WANT_EXIT, WANT_DATA = 1, 2, 4
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


def _plan(number: int, code: int, name: str, enter: int, exit_: int) -> CallPlan:
    row = ROWS.get(name)
    unknown = any(t in table.EVENTS_0_15_1 and table.EVENTS_0_15_1[t] is None for t in (enter, exit_))
    if row is None or unknown:
        identity = const(code, "<u2")
        return CallPlan(GENERIC_E, GENERIC_X, (), (), (identity, const(number, "<u2")), (identity,), 0, False)
    enter_ops, exit_ops, enter_params, exit_params = row
    direct = len(exit_ops) == 1 and exit_ops[0] in (read_data(1), written_data(1, 2))
    program = COLLECT_PROCESSES if name in PROCESS_ROWS else COLLECT
    return CallPlan(enter, exit_, enter_ops, exit_ops, enter_params, exit_params, program, direct)


# what the architecture calls its system calls; arm64 would bring a table of its own
PLANS: dict[int, CallPlan] = {nr: _plan(nr, *entry) for nr, entry in table.X86_64_SYSCALLS.items() if nr < 512}
NUMBERS: dict[str, int] = {entry[1]: nr for nr, entry in table.X86_64_SYSCALLS.items() if nr < 512}


def _repairs() -> dict[int, tuple[int, int]]:
    """System calls whose first enter section is a string that the exit collects again: (number -> enter, exit section).

    A string on a page that was not in memory yet cannot be read when the call begins; when it ends, it can.
    """
    out = {}
    for number, plan in PLANS.items():
        for i, operation in enumerate(plan.enter_ops):
            if operation & 0xFF == STRING and operation in plan.exit_ops:
                out[number] = i, list(plan.exit_ops).index(operation)
    return out


REPAIRS = _repairs()
