"""What the event table says, as vectors by event type."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.events._syscall_table import X86_64_SYSCALLS
from pysysdig.events.arrays import Mask, Sel, unique
from pysysdig.events.column import DictColumn, Dictionary, NumColumn
from pysysdig.events.table import EC_INTERNAL, EC_METAEVENT, EC_SYSCALL, GENERIC_E, GENERIC_X, N_TYPES, OLD, TYPES, load, sc_name

if TYPE_CHECKING:
    from pysysdig.events.batch import EventBatch
    from pysysdig.state.view import EventView

INTERNAL, SYSCALL, METAEVENT = EC_INTERNAL, EC_SYSCALL, EC_METAEVENT
ASYNC = TYPES["ASYNCEVENT_E"]


@cache
def table_flags(generation: str) -> npt.NDArray[np.int64]:
    """EF_* flags by event type: int64, shape (N_TYPES,)."""
    return np.array([e.flags for e in load(generation)], np.int64)


@cache
def table_categories(generation: str) -> npt.NDArray[np.int64]:
    """EC_* bits by event type: int64, shape (N_TYPES,)."""
    return np.array([e.category for e in load(generation)], np.int64)


def _has(table: npt.NDArray[np.int64], bits: int) -> Mask:
    has: Mask = (table & bits) != 0
    return has


def type_mask(view: EventView, sel: Sel, category: int) -> Mask:
    """Which of the selected events belong to a kind of source (INTERNAL, SYSCALL, METAEVENT)."""
    return _has(table_categories(view.generation), category).take(view.batch.type_of(sel))


def flag_mask(view: EventView, sel: Sel, flags: int) -> Mask:
    """Which of the selected events have any of the EF_* flags."""
    return _has(table_flags(view.generation), flags).take(view.batch.type_of(sel))


def flag_column(view: EventView, sel: Sel, flags: int) -> NumColumn:
    """`flag_mask` as a column of booleans."""
    return NumColumn(flag_mask(view, sel, flags))


@cache
def types_named(*names: str) -> Mask:
    """Which event types are called so in the table (enum names without PPME_): bool, shape (N_TYPES,)."""
    out = np.zeros(N_TYPES, bool)
    out[[TYPES[n] for n in names]] = True
    return out


class _Names:
    """Names of event types in one Dictionary, with codes by type."""

    def __init__(self, generation: str) -> None:
        self.dictionary = Dictionary()
        self.codes = np.array([self.dictionary.code(e.name) for e in load(generation)], np.int32)


@cache
def _names(generation: str) -> _Names:
    return _Names(generation)


def type_names(view: EventView, sel: Sel, use_async: bool) -> DictColumn:
    """Names of the selected events: those of the table, generic events by system call, and with `use_async`
    asynchronous events by the name they carry."""
    names = _names(view.generation)
    batch = view.batch
    types = batch.type_of(sel)
    codes = names.codes.take(types)
    for generic in (GENERIC_E, GENERIC_X):
        at = np.flatnonzero(types == generic)
        if len(at):
            codes[at] = _generic_codes(view, generic, sel[at], names.dictionary)
    if use_async:
        at = np.flatnonzero(types == ASYNC)
        if len(at):
            texts = batch.texts(batch.spans(ASYNC, sel[at]), 1)
            codes[at] = [names.dictionary.code("<NA>" if t is None else t) for t in texts]
    return DictColumn(codes, names.dictionary)


def generic_calls(batch: EventBatch, generic: int, pos: Sel, generation: str) -> npt.NDArray[np.int64]:
    """Codes of the system calls that the generic events (of that type) at `pos` stand for."""
    calls = batch.first(generic, pos)[0].astype(np.int64)
    # calls newer than the recorder: the native number tells, where the event carries it
    if (calls == 0).any() and (generic == GENERIC_E or generation != OLD):
        native, known = batch.fixed(batch.spans(generic, pos), 1, "UINT16")
        for k in np.flatnonzero((calls == 0) & known).tolist():
            calls[k] = X86_64_SYSCALLS.get(int(native[k]), (0,))[0]
    return calls


def _generic_codes(view: EventView, generic: int, pos: Sel, dictionary: Dictionary) -> npt.NDArray[np.int32]:
    calls = generic_calls(view.batch, generic, pos, view.generation)
    table = np.zeros(65536, np.int32)
    used = unique(calls)
    table[used] = [dictionary.code(sc_name(c)) for c in used.tolist()]
    return table[calls]
