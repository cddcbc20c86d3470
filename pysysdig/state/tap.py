"""Listening to what changes in state: for files that say what their events see, and for those that begin in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pysysdig.state.fds import FdInfo
    from pysysdig.state.log import Ints
    from pysysdig.state.source import StateSource
    from pysysdig.state.threads import ThreadInfo

    ThreadChange = tuple[int, int, ThreadInfo | None]
    FdChange = tuple[int, int, int, FdInfo | None]


class Tap:
    """Listens to what an Inspector (or a Playback) changes; holds the changes of the batch it processed last, in order.

    threads: (tid, sequence number, version); fds: (table, descriptor number, sequence number, version); None = gone;
    gone: numbers of the descriptor tables that end with the batch
    """

    __slots__ = ("_fds", "_threads", "fds", "gone", "inspector", "threads")

    def __init__(self, inspector: StateSource) -> None:
        self.inspector = inspector
        self.threads: list[ThreadChange] = []
        self.fds: list[FdChange] = []
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
        files, seqs, rows, _, fds = (column.tolist() for column in log)
        self.feed_fds(files, fds, seqs, rows, gone)

    def afresh(self) -> None:
        """The inspector forgot everything."""
        self._threads, self._fds, self.threads, self.fds, self.gone = {}, {}, [], [], []
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

    def feed_fds(self, files: list[int], fds: list[int], seqs: list[int], rows: list[int], gone: list[int]) -> None:
        """The changes of the next batch."""
        _apply(self._fds, self.fds, 1 << 62)
        for number in self.gone:
            self._fds.pop(number, None)
        table = self.inspector.fds.rows
        changes = zip(files, fds, seqs, rows)
        self.fds = [(number, fd, seq, table[row] if row >= 0 else None) for number, fd, seq, row in changes]
        self.gone = list(gone)

    def before(self, pos: int) -> tuple[dict[int, ThreadInfo], dict[int, dict[int, FdInfo]]]:
        """The state before the event at `pos` of the batch: tid -> version, table -> descriptor number -> version."""
        threads = dict(self._threads)
        for tid, seq, t in self.threads:
            if seq < 2 * pos:
                threads[tid] = t
        fds = {files: dict(table) for files, table in self._fds.items()}
        _apply(fds, self.fds, 2 * pos)
        return {tid: t for tid, t in threads.items() if t is not None}, fds


def _apply(tables: dict[int, dict[int, FdInfo]], changes: list[FdChange], end: int) -> None:
    """Make the changes with sequence numbers below `end`."""
    for files, fd, seq, info in changes:
        if seq < end:
            if info is not None:
                tables.setdefault(files, {})[fd] = info
            else:
                tables.get(files, {}).pop(fd, None)
