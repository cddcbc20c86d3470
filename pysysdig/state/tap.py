"""Listening to what changes in state: for files that say what their events see, and for those that begin in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.speed import native

if TYPE_CHECKING:
    from pysysdig.state.fds import FdInfo
    from pysysdig.state.log import Ints
    from pysysdig.state.source import StateSource
    from pysysdig.state.threads import ThreadInfo

    ThreadChange = tuple[int, int, ThreadInfo | None]
    FdChange = tuple[int, int, int, FdInfo | None]
    FdLog = tuple[Ints, Ints, Ints, Ints]

_NO_LOG = (np.zeros(0, np.int64),) * 4


class Tap:
    """Listens to what an Inspector (or a Playback) changes; holds the changes of the batch it processed last, in order.

    threads: (tid, sequence number, version), None = gone
    fd_log: of descriptors, int64 arrays: table, descriptor number, sequence number, row (-1 = gone)
    fd_versions: the version of each of these, None = gone
    gone: numbers of the descriptor tables that end with the batch
    """

    __slots__ = ("_fds", "_threads", "fd_log", "fd_versions", "gone", "inspector", "threads")

    def __init__(self, inspector: StateSource) -> None:
        self.inspector = inspector
        self.threads: list[ThreadChange] = []
        self.fd_log: FdLog = _NO_LOG
        self.fd_versions: list[FdInfo | None] = []
        self.gone: list[int] = []
        # before that batch
        self._threads: dict[int, ThreadInfo | None] = dict(inspector.threads.current)
        self._fds: dict[int, dict[int, FdInfo]] = {
            files: dict(table) for files, table in enumerate(inspector.fds.tables) if table
        }
        self.listen()

    def listen(self) -> None:
        """To the tables that the inspector has now."""
        self.inspector.threads.recorder = self._threads_changed
        self.inspector.fds.recorder = self._fds_changed

    def _threads_changed(self, log: tuple[Ints, ...]) -> None:
        table = self.inspector.threads.rows
        _, seqs, rows, befores = (column.tolist() for column in log)
        tids = [table[row if row >= 0 else before].tid for row, before in zip(rows, befores)]
        self.feed_threads(tids, seqs, rows)

    def _fds_changed(self, log: tuple[Ints, ...], gone: list[int]) -> None:
        files, seqs, rows, _, fds = log
        self.feed_fds(files, fds, seqs, rows, gone)

    def afresh(self) -> None:
        """The inspector forgot everything."""
        self._threads, self._fds, self.threads, self.gone = {}, {}, [], []
        self.fd_log, self.fd_versions = _NO_LOG, []
        self.listen()

    def feed_threads(self, tids: list[int], seqs: list[int], rows: list[int]) -> None:
        """The changes of the next batch."""
        for tid, _, t in self.threads:
            if t is not None:
                self._threads[tid] = t
            else:
                self._threads.pop(tid, None)
        table = self.inspector.threads.rows
        self.threads = [(tid, seq, table[row] if row >= 0 else None) for tid, seq, row in zip(tids, seqs, rows)]

    def feed_fds(self, files: Ints, fds: Ints, seqs: Ints, rows: Ints, gone: list[int]) -> None:
        """The changes of the next batch."""
        self._apply(self._fds, 1 << 62)
        for number in self.gone:
            self._fds.pop(number, None)
        self.fd_log = files, fds, seqs, rows
        self.fd_versions = picked(self.inspector.fds.rows, rows)
        self.gone = list(gone)

    @property
    def fds(self) -> list[FdChange]:
        """(table, descriptor number, sequence number, version) of each change."""
        files, fds, seqs, _ = self.fd_log
        return list(zip(files.tolist(), fds.tolist(), seqs.tolist(), self.fd_versions))

    def before(self, pos: int) -> tuple[dict[int, ThreadInfo], dict[int, dict[int, FdInfo]]]:
        """The state before the event at `pos` of the batch: tid -> version, table -> descriptor number -> version."""
        threads = dict(self._threads)
        for tid, seq, t in self.threads:
            if seq < 2 * pos:
                threads[tid] = t
        fds = {files: dict(table) for files, table in self._fds.items()}
        self._apply(fds, 2 * pos)
        return {tid: t for tid, t in threads.items() if t is not None}, fds

    def _apply(self, tables: dict[int, dict[int, FdInfo]], end: int) -> None:
        """Make the changes of descriptors with sequence numbers below `end`."""
        if native is not None:
            native.put_changes(tables, *self.fd_log[:3], self.fd_versions, end)
            return
        for files, fd, seq, info in self.fds:
            if seq < end:
                if info is not None:
                    tables.setdefault(files, {})[fd] = info
                else:
                    tables.get(files, {}).pop(fd, None)


def picked(rows: list[Any], numbers: Ints) -> list[Any]:
    """The row objects of these numbers, None for -1."""
    if native is not None and type(rows) is list:
        some: list[Any] = native.picked(rows, numbers)
        return some
    return [rows[number] if number >= 0 else None for number in numbers.tolist()]
