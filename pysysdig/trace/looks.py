"""What kept events look up: the threads, and the descriptors, that their fields may be asked about.

That is all of the machine that a filtered file has: the rows of the events' threads, of leaders, parents, sessions and groups, of
the threads that parameters name, and of descriptors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique
from pysysdig.events.table import CURRENT, load
from pysysdig.fields.lineage import distinct
from pysysdig.state.pairing import tells_container
from pysysdig.state.table import named
from pysysdig.state.threads import CONTAINER_TID

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
_OWN = ("pid", "ptid", "sid", "vpgid", "pgid")  # thread ids in a thread's row that fields follow
_ANCESTOR = ("pid", "ptid")
_STANDARD = (0, 1, 2)  # descriptors that fields of processes name
FD_BITS = 21  # of a descriptor number


class Looks:
    """Look-ups of the events `sel` of a view, with sequence numbers that count the selected events only."""

    def __init__(self, view: EventView, sel: Ints) -> None:
        self._view = view
        self._sel = sel
        self.tids: list[Ints] = []
        self.thread_seqs: list[Ints] = []
        self._rows: list[npt.NDArray[Any]] = []
        self._position = np.zeros(len(view), np.int64)
        self._position[sel] = np.arange(len(sel))
        self._follow(view.thread[sel], sel, view.batch.tid[sel])
        self._numbers: list[tuple[npt.NDArray[Any], npt.NDArray[Any], Ints]] = []  # (thread rows, descriptor numbers, positions)
        self._parameters()

    def thread_rows(self) -> npt.NDArray[Any]:
        """Rows found for `tids` at `thread_seqs`."""
        return np.concatenate(self._rows) if self._rows else np.zeros(0, np.int64)

    def _note(self, tids: npt.NDArray[Any], rows: npt.NDArray[Any], at: Ints) -> None:
        ok = tids >= 0
        self.tids.append(np.asarray(tids[ok], np.int64))
        self._rows.append(rows[ok])
        self.thread_seqs.append(2 * self._position[at[ok]])

    def _note_containers(self, rows: npt.NDArray[Any], at: Ints) -> None:
        """What stands in the place of container events' threads."""
        self.tids.append(np.full(len(at), CONTAINER_TID, np.int64))
        self._rows.append(rows)
        self.thread_seqs.append(2 * self._position[at])

    def _find(self, tids: npt.NDArray[Any], at: Ints) -> npt.NDArray[Any]:
        rows = self._view.by_tid(tids, at)
        self._note(tids, rows, at)
        return rows

    def _follow(self, rows: npt.NDArray[Any], at: Ints, tids: npt.NDArray[Any]) -> None:
        """The threads of events, and all that can be reached from them."""
        view = self._view
        told = tells_container().take(view.batch.type_of(at))
        # between changes of threads all events see the same: the first of them is where it is noted, so that none is too early
        epochs = view.thread_epoch(at)
        at = at[np.searchsorted(epochs, epochs)]
        self._note(np.where(told, -1, tids), rows, at)
        self._note_containers(rows[told], at[told])
        known = rows >= 0
        if not known.any():
            return
        rows, at, _ = distinct(view, rows[known], at[known])
        names: tuple[str, ...] = _OWN
        done: set[tuple[int, int]] = set()
        while len(rows):
            new = []
            for k, pair in enumerate(zip(rows.tolist(), view.thread_epoch(at).tolist())):
                if pair not in done:
                    done.add(pair)
                    new.append(k)
            rows, at = rows[new], at[new]
            found, where = [], []
            for name in names:
                ids = view.threads.number(rows, named(name)).values
                got = self._find(ids, at)
                found.append(got[got >= 0])
                where.append(at[got >= 0])
            rows, at = np.concatenate(found), np.concatenate(where)
            names = _ANCESTOR

    def _parameters(self) -> None:
        """What parameters of the events, and of the enter events they belong to, name."""
        view, sel = self._view, self._sel
        threads = view.thread[sel]
        for number in _STANDARD:
            self._numbers.append((threads, np.full(len(sel), number), sel))
        self._numbers.append((threads, view.fdnum[sel], sel))
        self._of(sel, sel)
        enter = view.enter[sel]
        inside = enter >= 0
        self._of(enter[inside], sel[inside])
        for pos in sel[~inside & view.paired[sel]].tolist():
            p = view.enter_params(pos)
            if p is not None:
                for i, info in enumerate(load(CURRENT)[p.type].params[: p.n]):
                    if info.type == "FD":
                        at = np.array([pos])
                        self._numbers.append((view.thread[at], np.array([p.i64(i)]), at))

    def _of(self, events: Ints, at: Ints) -> None:
        """Descriptors and threads in the parameters of `events`, as seen from the events `at`."""
        view = self._view
        batch = view.batch
        types = batch.type[events]
        for kind in unique(types).tolist():
            params = load(CURRENT)[kind].params
            wanted = [i for i, q in enumerate(params) if q.type in ("FD", "PID", "FDLIST")]
            if not wanted:
                continue
            mine = np.flatnonzero(types == kind)
            order = np.argsort(events[mine], kind="stable")
            mine = mine[order]
            spans = batch.spans(kind, events[mine])
            here = at[mine]
            threads = view.thread[here]
            for i in wanted:
                if params[i].type == "FDLIST":
                    for k, data in enumerate(batch.raw(spans, i)):
                        self._list(data or b"", threads[k : k + 1], here[k : k + 1])
                    continue
                values, valid = batch.fixed(spans, i, params[i].type)
                if params[i].type == "FD":
                    self._numbers.append((threads[valid], values[valid], here[valid]))
                else:
                    self._find(values[valid], here[valid])

    def _list(self, data: bytes, thread: npt.NDArray[Any], at: Ints) -> None:
        count = min(int.from_bytes(data[:2], "little"), (len(data) - 2) // 10)
        if count > 0:
            numbers = np.ndarray((count,), "<i8", data, 2, (10,))
            self._numbers.append((np.repeat(thread, count), numbers.copy(), np.repeat(at, count)))

    def fds(self) -> tuple[Ints, Ints, Ints, npt.NDArray[Any]]:
        """(tables, descriptor numbers, sequence numbers, rows) of all descriptor look-ups."""
        view = self._view
        threads, numbers, at = (np.concatenate([n[i] for n in self._numbers]) for i in range(3))
        ok = (threads >= 0) & (numbers >= 0) & (numbers < 1 << (FD_BITS - 1))
        threads, numbers, at = threads[ok], numbers[ok].astype(np.int64), at[ok]
        tables = view.files(threads, at)
        rows = view.fd_at(threads, numbers, at)
        ok = tables >= 0
        return tables[ok], numbers[ok], 2 * self._position[at[ok]], rows[ok]


def changes(
    keys_: list[Ints], seqs_: list[Ints], rows: npt.NDArray[Any], files: Ints, known: dict[int, int]
) -> list[tuple[int, int, int]]:
    """The look-ups that a reader could not answer from earlier ones: (key, sequence number, row). Updates `known`."""
    if not len(rows):
        return []
    keys, seqs = np.concatenate(keys_), np.concatenate(seqs_)
    order = np.lexsort((seqs, keys))
    keys, seqs, rows, files = keys[order], seqs[order], rows[order], files[order]
    same = np.zeros(len(keys), bool)
    same[1:] = (keys[1:] == keys[:-1]) & (files[1:] == files[:-1])
    out = []
    for key, seq, row, file in zip(*(a[~same].tolist() for a in (keys, seqs, rows, files))):
        if known.get(key, -1) != file:
            out.append((key, seq, row))
            known[key] = file
    return out
