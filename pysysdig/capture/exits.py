"""System calls as exit events that have all parameters, as the current libraries want them: for captures without enter events.

The parameters of an exit event are those of the older pair of events, in the order that conversion gives them
(`events.conversion`): its own, and those of the enter event, which are made of what the exit has, too. Registers keep the
arguments; what the enter alone collects from memory is collected when the call ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from pysysdig.capture.call_table import END_ROWS
from pysysdig.capture.calls import COLLECT, NUMBERS, PLANS, CallPlan, foreign_calls, generic
from pysysdig.capture.group import Column, Group, Maker, Var
from pysysdig.capture.operations import OP_MSG_DATA, OP_VECTOR, file
from pysysdig.capture.params import layer, with_layer
from pysysdig.capture.recipes import like
from pysysdig.capture.record import OPS
from pysysdig.events.conversion import ENTER, OWN, Source, plan
from pysysdig.events.table import CURRENT, GENERIC_X, Param, load

_CONDITION = 0xF << 16  # of an operation, see operations.operation
_TOTAL_FIRST = (OP_VECTOR, OP_MSG_DATA)  # sections that begin alike whether data follows or not


class ExitEvents:
    """calls: number -> its plan, which has no enter event; foreign: 32-bit calls -> parameters of their `syscall` exit events."""

    __slots__ = ("calls", "foreign")

    def __init__(self, calls: dict[int, CallPlan], foreign: dict[int, Sequence[Maker]]) -> None:
        self.calls = calls
        self.foreign = foreign


@cache
def exit_events() -> ExitEvents:
    """Every system call."""
    calls = {number: _plan(old) for number, old in PLANS.items()}
    for name, (operations, makers) in END_ROWS.items():
        if name in NUMBERS:
            calls[NUMBERS[name]] = calls[NUMBERS[name]]._replace(exit_ops=operations, exit=makers, program=COLLECT)
    foreign = {}
    for same, alike in foreign_calls(calls).values():
        if not alike:
            enter, exit_ = generic(same)
            foreign[same] = _parameters(GENERIC_X, enter, exit_, ())
    return ExitEvents(calls, foreign)


def _plan(old: CallPlan) -> CallPlan:
    operations = list(old.exit_ops)
    sections = []
    for operation in old.enter_ops:
        place = next((i for i, other in enumerate(operations) if _serves(other, operation, old)), -1)
        if place < 0:
            place = len(operations)
            operations.append(operation)
        sections.append(place)
    assert len(operations) <= OPS
    made = plan(old.exit_type, len(old.exit))
    parameters = list(_parameters(old.exit_type, old.enter, old.exit, sections))
    if file() in operations:
        _add_layer(parameters, load(CURRENT)[made.type].params, operations.index(file()))
    return old._replace(
        exit_type=made.type, enter_ops=(), enter=(), exit_ops=operations, exit=parameters,
        direct_data=old.direct_data and len(operations) == 1,
    )  # fmt: skip


def _add_layer(parameters: list[Maker], event: Sequence[Param], section: int) -> None:
    """Opens say which layer of overlayfs a file is in; the older pairs of events do not."""
    for i, param in enumerate(event):
        if param.name == "flags":
            parameters[i] = with_layer(parameters[i], section)
        elif param.name == "creat_flags":
            parameters[i] = layer(section)


def _serves(own: int, wanted: int, old: CallPlan) -> bool:
    """Whether what the exit collects is what the enter would have. Processes have the name of their file either way."""
    if own == wanted or (own & 0xFF in _TOTAL_FIRST and own & 0xFFFFF == wanted & 0xFFFFF):
        return True
    return old.program > 1 and own & ~_CONDITION == wanted & ~_CONDITION


def _parameters(type_: int, enter: Sequence[Maker], exit_: Sequence[Maker], sections: Sequence[int]) -> Sequence[Maker]:
    """sections: of the exit, in the order of the enter event's."""
    sources = plan(type_, len(exit_)).sources
    return exit_ if sources is None else [_maker(source, enter, exit_, sections) for source in sources]


def _maker(source: Source, enter: Sequence[Maker], exit_: Sequence[Maker], sections: Sequence[int]) -> Maker:
    if source.kind == OWN:
        own = exit_[source.param]
        return like(lambda g: _cut(own(g), source.cap), own, lambda r: r.cut(source.cap))
    if source.kind == ENTER:
        its = enter[source.param]
        return like(lambda g: _cut(its(g.arranged(sections)), source.cap), its, lambda r: r.arranged(sections).cut(source.cap))
    size, fill = source.size, 0xFF if source.ones else 0
    return lambda g: np.full((g.n, size), fill, np.uint8).view(f"u{size}").ravel() if size else _empty(g)


def _cut(column: Column, size: int) -> Column:
    """Values of `size` bytes at most (-1: any)."""
    if size < 0:
        return column
    if isinstance(column, Var):
        return column._replace(length=np.minimum(column.length, size))
    return column if column.itemsize <= size else column.astype(f"u{size}")


def _empty(g: Group) -> Column:
    none = np.zeros(g.n, np.int64)
    return Var(g.raw, none, none)
