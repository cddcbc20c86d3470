"""-S: how often each event occurred."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.events.table import GENERIC_E, GENERIC_X, N_TYPES, OLD, load, sc_name
from pysysdig.format.introsort import introsort

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

_RULE = "----------------------\n"
_ROWS = 100
_TYPES, _CODES = 426, 442  # how many event types and system calls the table of sysdig 0.36 has: the order of ties depends on it
_MAX_CODE = 1 << 16


class Summary:
    """Counts of events by type; generic events by the system call they stand for."""

    __slots__ = ("_counts", "_generation", "_generic")

    def __init__(self) -> None:
        self._counts = np.zeros(N_TYPES, np.int64)
        self._generic = np.zeros((2, _MAX_CODE), np.int64)
        self._generation = OLD

    def add(self, view: EventView, sel: npt.NDArray[np.int64]) -> None:
        """Count the events at positions `sel`."""
        self._generation = view.generation
        batch = view.batch
        self._counts += np.bincount(batch.type_of(sel), minlength=N_TYPES)
        for type_ in (GENERIC_E, GENERIC_X):
            codes, valid = batch.numbers(type_, 0, batch.positions(type_, sel))
            self._generic[type_] += np.bincount(codes[valid].astype(np.int64), minlength=_MAX_CODE)

    def render(self) -> str:
        """The table, most frequent first; equal counts in the order that sysdig's sort leaves them in."""
        known = load(self._generation)
        table: list[tuple[int, str, str]] = []
        for type_ in range(max(_TYPES, N_TYPES)):
            generic = type_ in (GENERIC_E, GENERIC_X)
            table.append((0 if generic else int(self._counts[type_]), known[type_].dir, known[type_].name))
        extra = table[_TYPES:]
        del table[_TYPES:]
        codes = max(_CODES, int(np.flatnonzero(self._generic.any(axis=0)).max(initial=0)) + 1)
        for code in range(codes):
            for type_, direction in ((GENERIC_E, ">"), (GENERIC_X, "<")):
                table.append((int(self._generic[type_, code]), direction, sc_name(code)))
        table += [row for row in extra if row[0]]
        introsort(table, lambda a, b: a[0] > b[0])
        lines = [f"{direction} {name[:16]:16}{count}\n" for count, direction, name in table[:_ROWS] if count]
        return f"{_RULE}{'Event':16}#Calls\n{_RULE}{''.join(lines)}"
