"""Recording state: which rows the events of each frame see, so that a reader needs no other events to know them.

Two ways: all changes of every thread and descriptor as they happen (complete files), or only what the kept events look up
(filtered files): the rows of their threads, leaders, parents, sessions and groups, of the threads their parameters name,
and of their descriptors. Nothing else of the machine gets into such a file.

The state part of a frame (`record`) is a map:

    afresh     whether everything said about threads and descriptors so far is void (the numbering of rows begins at 0)
    first_ts   time of the first event of the section
    threads    [count of new rows, blob: {attribute: values}, numbers: column], their event numbers (0 = before the section)
    fds        [count of new rows, blob: {attribute: values}]
    thread_log [count, tid: column, seq: column, row: column]     row + 1; 0 = gone; tid -1 is what stands
               in the place of container events' threads
    fd_log     [count, table: column, fd: column, seq: column, row: column]
    gone       numbers of descriptor tables that end with this frame
    context    [[event number, encoded event]]: what became known of containers and accounts
    seen       see seen.py
    counters   filtered files: {name: column} of running counters (state.history), for each event
    open       filtered files: [[types of open descriptors], column of indexes into these], for each event's process
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique_inverse
from pysysdig.events.single import encode
from pysysdig.state.context import ContextLog
from pysysdig.state.history import BY_PROCESS, FAULTS, MEMORY
from pysysdig.state.tap import picked
from pysysdig.state.threads import CONTAINER_TID
from pysysdig.trace import rows as row_codec
from pysysdig.trace import seen as seen_codec
from pysysdig.trace.arrays import pack
from pysysdig.trace.frames import Blobs
from pysysdig.trace.looks import FD_BITS, Looks, changes
from pysysdig.trace.seen import Seen
from pysysdig.trace.values import dumps

if TYPE_CHECKING:
    from pysysdig.state.fds import FdInfo
    from pysysdig.state.table import RowTable
    from pysysdig.state.tap import Tap
    from pysysdig.state.threads import ThreadInfo
    from pysysdig.state.view import EventView


Ints = npt.NDArray[np.int64]
FdLog = tuple[Ints, Ints, Ints, Ints]  # table, descriptor number, sequence number, row
_NO_LOG = (np.zeros(0, np.int64),) * 4
COUNTER_NAMES = (*MEMORY, *FAULTS, *BY_PROCESS, "fdopencount")


class _Rows:
    """The rows of one table that the file has so far."""

    __slots__ = ("_numbers", "_serials", "_table", "count", "fresh")

    def __init__(self, table: RowTable[Any]) -> None:
        self._table = table
        self._serials = np.zeros(0, np.int64)  # of the rows that the file has, ascending
        self._numbers = np.zeros(0, np.int64)  # in the file, of each of these
        self.count = 0
        self.fresh: list[Any] = []

    def index(self, rows: npt.NDArray[Any]) -> Ints:
        """Row numbers in the file of rows of the table (-1 stays -1); rows it does not have yet are added."""
        found, index = unique_inverse(rows)
        numbers = np.full(len(found), -1, np.int64)
        there = found >= 0
        some = found[there]
        numbers[there] = self._numbered(some, self._table.serials[some])
        return numbers.take(index)

    def _numbered(self, rows: npt.NDArray[Any], serials: Ints) -> Ints:
        """The same of rows and their serial numbers, both ascending."""
        at = np.searchsorted(self._serials, serials)
        new = np.ones(len(serials), bool)
        inside = at < len(self._serials)
        new[inside] = self._serials[at[inside]] != serials[inside]
        if new.any():
            self.fresh += picked(self._table.rows, rows[new].astype(np.int64))
            more = np.arange(self.count, self.count + int(new.sum()))
            self.count += len(more)
            every = np.concatenate([self._serials, serials[new]])
            order = np.argsort(every, kind="stable")
            self._serials, self._numbers = every[order], np.concatenate([self._numbers, more])[order]
            at = np.searchsorted(self._serials, serials)
        return self._numbers[at]

    def take(self) -> list[Any]:
        """The rows added since the last time."""
        out, self.fresh = self.fresh, []
        return out


def _recorded(tid: int, t: ThreadInfo | None) -> bool:
    """Whether a reader can ask for it: what has no thread id only where a container event sees it."""
    return tid >= 0 or (tid == CONTAINER_TID and (t is None or t.of_container))


def _row(version: ThreadInfo | FdInfo | None) -> int:
    return version.row if version is not None else -1


class Recorder:
    """Records for one file what the events in it see of an Inspector (level FD)."""

    def __init__(self, tap: Tap, context: ContextLog, complete: bool, earlier: Recorder | None = None) -> None:
        """earlier: the recorder of the same file so far; threads and descriptors are said afresh."""
        self._tap = tap
        self._inspector = tap.inspector
        self._context = context
        self._told: int = earlier._told if earlier else 0
        self._complete = complete
        self._afresh = True
        self._threads = _Rows(tap.inspector.threads)
        self._fds = _Rows(tap.inspector.fds)
        self._thread_log: list[tuple[int, int, int]] = []
        self._fd_log: FdLog = _NO_LOG
        self._known_threads: dict[int, int] = {}  # filtered: tid -> row in the file, as the reader knows it
        self._known_fds: dict[int, int] = {}
        self._ids: set[str] = earlier._ids if earlier else set()  # containers told about
        self._numbers = np.full(1, -1, np.int64)  # descriptor numbers by row of the file, then one for row -1

    @property
    def rows(self) -> int:
        """How many rows the file has."""
        return self._threads.count + self._fds.count

    def start(self, pos: int, blobs: Blobs) -> dict[str, Any]:
        """The state before the event at `pos` of the batch at hand, for the beginning of a complete file."""
        threads, fds = self._tap.before(pos)
        self._thread_log = [(tid, 0, t.row) for tid, t in threads.items() if tid >= 0]
        log = [(files, fd, 0, info.row) for files, table in fds.items() for fd, info in table.items()]
        self._fd_log = _columns(log)
        return self._state(blobs, None, [])

    def record(self, view: EventView, sel: Ints, blobs: Blobs) -> dict[str, Any]:
        """The state part of a frame that holds the events `sel` of a view (at least one; complete files: consecutive ones)."""
        gone: list[int] = []
        if self._complete:
            tap, shift, last = self._tap, 2 * int(sel[0]), 2 * int(sel[-1]) + 1
            self._thread_log = [
                (tid, seq - shift, _row(t)) for tid, seq, t in tap.threads if _recorded(tid, t) and shift <= seq <= last
            ]
            files, fds, seqs, rows = tap.fd_log
            inside = (shift <= seqs) & (seqs <= last)
            self._fd_log = files[inside], fds[inside], seqs[inside] - shift, rows[inside]
            gone = tap.gone if sel[-1] == len(view) - 1 else []
        else:
            self._look_up(view, sel)
        every = len(sel) == len(view)

        def chosen(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
            return values if every else values[sel]

        fd = self._fds.index(chosen(view.fd))
        out = self._state(blobs, view.batch.num, gone)
        enter = chosen(view.enter)
        seen = Seen()
        if every:
            seen.enter = enter
        else:
            inside = np.full(len(view), -1, np.int64)
            inside[sel] = np.arange(len(sel))
            seen.enter = np.where(enter >= 0, inside[np.maximum(enter, 0)], -1)
        seen.enter_ts, seen.latency, seen.paired = chosen(view.enter_ts), chosen(view.latency), chosen(view.paired)
        seen.fd, seen.fdnum = fd, chosen(view.fdnum)
        seen.renamed = np.flatnonzero(chosen(view.name_changed))
        seen.carried = self._carried(view, sel, seen)
        batch = view.batch
        out["seen"] = seen_codec.store(seen, chosen(batch.type), chosen(batch.ts), self._numbers, blobs)
        if not self._complete:
            out["counters"] = {name: pack(view.counter(name, sel).values, blobs) for name in COUNTER_NAMES}
            known = view.fds.rows
            codes: dict[tuple[int, ...], int] = {}
            index = [codes.setdefault(rows, len(codes)) for rows in view.open_fds(sel)]
            out["open"] = [[[known[r].type for r in rows] for rows in codes], pack(np.array(index, np.int64), blobs)]
        return out

    def _state(self, blobs: Blobs, nums: Ints | None, gone: list[int]) -> dict[str, Any]:
        threads = np.array(self._thread_log, np.int64).reshape(-1, 3)
        files, fds, fd_seqs, fd_rows = self._fd_log
        thread_rows = self._threads.index(threads[:, 2]) + 1
        fd_rows = self._fds.index(fd_rows) + 1
        context = self._news()
        fresh = self._threads.take()
        born = [int(nums[t.where]) if nums is not None and t.where >= 0 else 0 for t in fresh]
        fresh_fds = self._fds.take()
        if fresh_fds:
            self._numbers = np.concatenate([self._numbers[:-1], [f.fd for f in fresh_fds], [-1]])
        afresh, self._afresh = self._afresh, False
        return {
            "afresh": afresh,
            "first_ts": self._inspector.first_ts,
            "threads": [len(fresh), self._attributes(fresh, row_codec.THREAD_ATTRIBUTES, blobs), pack(np.array(born), blobs)],
            "fds": [len(fresh_fds), self._attributes(fresh_fds, row_codec.FD_ATTRIBUTES, blobs)],
            "thread_log": [len(threads), *(pack(c, blobs) for c in (threads[:, 0], threads[:, 1], thread_rows))],
            "fd_log": [len(fds), *(pack(c, blobs) for c in (files, fds, fd_seqs, fd_rows))],
            "gone": gone,
            "context": [[num, data] for num, data in context],
        }

    @staticmethod
    def _attributes(fresh: list[Any], names: tuple[str, ...], blobs: Blobs) -> list[int] | None:
        return blobs.add(dumps(row_codec.columns(fresh, names))) if fresh else None

    def _carried(self, view: EventView, sel: Ints, seen: Seen) -> dict[int, bytes]:
        """Enter events outside the frame whose parameters exit events in it need."""
        out = {}
        for k in np.flatnonzero(seen.paired & (seen.enter < 0)).tolist():
            p = view.enter_params(int(sel[k]))
            if p is not None:
                out[k] = encode(0, -1, p.type, [p.data(i) for i in range(p.n)])
        return out

    def _news(self) -> list[tuple[int, bytes]]:
        """What this frame has to say about containers and accounts."""
        entries, told = self._context.since(self._told), self._told
        self._told = len(self._context)
        if self._complete:
            return [(num, data) for num, _, data in entries]
        fresh = {t.container_id for t in self._threads.fresh} - self._ids - {""}
        if not fresh and not entries:
            return []
        new = max(told - self._context.dropped, 0)
        out = [
            (num, data)
            for i, (num, ident, data) in enumerate(self._context.entries)
            if (ident in fresh) or (i >= new and (ident is None or ident in self._ids))
        ]
        self._ids |= fresh
        return out

    # filtered files

    def _look_up(self, view: EventView, sel: Ints) -> None:
        """Note everything that the events `sel` look up."""
        looks = Looks(view, sel)
        threads = self._threads.index(looks.thread_rows())
        self._thread_log = changes(looks.tids, looks.thread_seqs, looks.thread_rows(), threads, self._known_threads)
        tables, fds, seqs, rows = looks.fds()
        keys = (tables << FD_BITS) | fds
        files = self._fds.index(rows)
        new = changes([keys], [seqs], rows, files, self._known_fds)
        self._fd_log = _columns([(key >> FD_BITS, key & ((1 << FD_BITS) - 1), seq, row) for key, seq, row in new])


def _columns(log: list[tuple[int, int, int, int]]) -> FdLog:
    files, fds, seqs, rows = np.array(log, np.int64).reshape(-1, 4).T
    return files, fds, seqs, rows
