"""In what order the reference goes through the open descriptors of a process, at any moment of a batch (level ORDERS)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique
from pysysdig.state.fds import FdInfo
from pysysdig.state.hashorder import HashOrder

Ints = npt.NDArray[np.int64]


class Orders:
    """The orders of all descriptor tables, by number of the table, and what the batch has changed."""

    __slots__ = ("_changes", "_now", "_started")

    def __init__(self) -> None:
        self._now: dict[int, HashOrder] = {}
        self._started: dict[int, HashOrder] = {}  # at the start of the batch, of the tables that changed
        self._changes: list[tuple[int, int, int, int, int]] = []  # table, descriptor, sequence number, row, row before

    def begin(self, gone: Iterable[int]) -> None:
        """Start of a batch; `gone`: tables that nobody uses any more."""
        self._started.clear()
        for files in gone:
            self._now.pop(files, None)

    def commit(self, made: tuple[Ints, ...], files: Ints, fds: Ints, seqs: Ints, rows: Ints, before: Ints) -> None:
        """End of the batch: the changes in it, and the tables that were made (see Fds.made)."""
        changes = list(zip(*(column.tolist() for column in (files, fds, seqs, rows, before))))
        at = 0
        for table, source, first, count in zip(*(column.tolist() for column in made)):
            self._change(changes[at:first])
            at = first + count
            keys = self._now[source].keys if count else []
            self._started[table], self._now[table] = HashOrder(), HashOrder(keys)
            entries = {entry[1]: entry for entry in changes[first:at]}
            changes[first:at] = [entries[fd] for fd in keys]  # it is filled in the order of the other one
        self._change(changes[at:])
        self._changes = changes

    def _change(self, changes: list[tuple[int, int, int, int, int]]) -> None:
        for files, fd, _, row, before in changes:
            if row >= 0 > before:
                self._changing(files).add(fd, fd)
            elif before >= 0 > row:
                self._changing(files).remove(fd)

    def _changing(self, files: int) -> HashOrder:
        order = self._now[files]
        if files not in self._started:
            self._started[files] = order.copy()
        return order

    def open_rows(self, files: Ints, seqs: Ints, tables: list[dict[int, FdInfo] | None]) -> list[tuple[int, ...]]:
        """For each (table, sequence number): the rows of all its descriptors then, in order. tables: as they are now."""
        out: list[tuple[int, ...]] = [()] * len(files)
        for one in unique(files).tolist():
            table = tables[one] if one >= 0 else None
            if table is None:
                continue
            rows = {fd: info.row for fd, info in table.items()}
            log = sorted((e for e in self._changes if e[0] == one), key=lambda e: e[2])
            for _, fd, _, _, before in reversed(log):
                if before >= 0:
                    rows[fd] = before
                else:
                    rows.pop(fd, None)
            order = self._started[one].copy() if one in self._started else self._now[one]
            at, snapshot = 0, tuple(rows[fd] for fd in order.keys)
            where = np.flatnonzero(files == one)
            for i in where[np.argsort(seqs[where], kind="stable")].tolist():
                moved = at
                while at < len(log) and log[at][2] <= seqs[i]:
                    _, fd, _, row, before = log[at]
                    if row >= 0:
                        rows[fd] = row
                        if before < 0:
                            order.add(fd, fd)
                    else:
                        rows.pop(fd, None)
                        order.remove(fd)
                    at += 1
                if at != moved:
                    snapshot = tuple(rows[fd] for fd in order.keys)
                out[i] = snapshot
        return out
