"""Timeline: which row a key had at a moment, for whole batches at once (an as-of join).

Keys are small integers ("slots"). `current[slot]` is the row at the end of the last batch; changes within the batch are
logged with a sequence number and the row before them. Almost all slots do not change within a batch, so a look-up
is one gather; only the events on changed slots are searched.

Sequence numbers: 2 * position for what an event creates or alters (visible on that event), 2 * position + 1 for what
it removes (gone from the next event on).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.speed import native

Ints = npt.NDArray[np.int64]
SEQ_BITS = 18  # 2 * 65,536 positions and room for one more


class Timeline:
    """See the module docstring. Slots must be below 2**44. Values are rows (`empty` = -1) or any other integers."""

    def __init__(self, dtype: Any = np.int32, empty: int = -1) -> None:
        self._empty = empty
        self.current: npt.NDArray[Any] = np.full(1024, empty, dtype)
        self._first: npt.NDArray[np.int32] = np.full(1024, -1, np.int32)  # by slot: its first change in the log, -1 none
        self._keys: Ints = np.zeros(0, np.int64)
        self._rows: npt.NDArray[Any] = np.zeros(0, dtype)
        self._before: npt.NDArray[Any] = np.zeros(0, dtype)
        self._slots: Ints = np.zeros(0, np.int64)

    def reserve(self, slots: int) -> None:
        """Make room for slots 0..slots-1."""
        if slots > len(self.current):
            size = max(slots, 2 * len(self.current))
            grown = np.full(size, self._empty, self.current.dtype)
            grown[: len(self.current)] = self.current
            self.current = grown
            first = np.full(size, -1, np.int32)
            first[: len(self._first)] = self._first
            self._first = first

    def parts(self) -> tuple[npt.NDArray[Any], ...]:
        """What native look-ups work on (native/moments.h)."""
        return self.current, self._first, self._keys, self._rows, self._before

    def commit(self, slots: Any, seqs: Any, rows: Any, before: Any = None) -> None:
        """Take the changes of a batch, in the order they happened (sequences of equal length).

        `before` is the slot's row before each change; None: what it was at the end of the last batch.
        """
        self._first[self._slots] = -1
        self._slots = np.array(slots, np.int64)
        if not len(self._slots):
            self._keys = self._slots
            return
        if native is not None and self.current.dtype == np.int32 and before is not None:
            self._commit_natively(seqs, rows, before)
            return
        keys = (self._slots << SEQ_BITS) | np.array(seqs, np.int64)
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        dtype = self.current.dtype
        self._rows = np.array(rows, dtype)[order]
        self._before = (self.current[self._slots] if before is None else np.array(before, dtype))[order]
        ranked = self._keys >> SEQ_BITS
        new = np.ones(len(ranked) + 1, bool)
        np.not_equal(ranked[1:], ranked[:-1], out=new[1:-1])
        last, first = new[1:], np.flatnonzero(new[:-1])
        self.current[ranked[last]] = self._rows[last]
        self._first[ranked[first]] = first

    def _commit_natively(self, seqs: Any, rows: Any, before: Any) -> None:
        assert native is not None
        n = len(self._slots)
        self._keys, self._rows, self._before = np.empty(n, np.int64), np.empty(n, np.int32), np.empty(n, np.int32)
        given = (np.ascontiguousarray(column, np.int64) for column in (seqs, rows, before))
        out = self.current, self._first, self._keys, self._rows, self._before
        native.commit(self._slots, *given, *out, *np.empty((2, n), np.int64))

    def at(self, slots: Ints, seqs: Ints) -> npt.NDArray[Any]:
        """Rows of `slots` (-1 = none asked) as of `seqs`; -1 = no row then."""
        if native is not None and self.current.dtype in (np.int32, np.int64):
            return self._at_natively(slots, seqs)
        out = self.current.take(slots)
        known = slots >= 0
        if not known.all():
            out[~known] = self._empty
        if len(self._keys):
            hit = np.flatnonzero((self._first.take(slots) >= 0) & known)
            if len(hit):
                s = slots[hit]
                i = np.searchsorted(self._keys, (s << SEQ_BITS) | seqs[hit], side="right") - 1
                same = (i >= 0) & ((self._keys[np.maximum(i, 0)] >> SEQ_BITS) == s)
                first = np.minimum(i + 1, len(self._keys) - 1)  # not reached yet: the row before the slot's first change
                out[hit] = np.where(same, self._rows[np.maximum(i, 0)], self._before[first])
        return out

    def _at_natively(self, slots: Ints, seqs: Ints) -> npt.NDArray[Any]:
        assert native is not None
        slots, seqs = (np.ascontiguousarray(column, np.int64) for column in (slots, seqs))
        out = np.empty(len(slots), self.current.dtype)
        if out.dtype == np.int32:
            native.as_of(*self.parts(), slots, seqs, out)
        else:
            native.numbers_as_of(*self.parts(), slots, seqs, self._empty, out)
        return out

    def each(self, slots: Ints) -> npt.NDArray[Any]:
        """Rows of the slots (-1 = none) of the events of a batch, an item for each, as of these."""
        if native is not None and self.current.dtype == np.int32:
            out = np.empty(len(slots), np.int32)
            native.event_rows(*self.parts(), slots, out)
            return out
        return self.at(slots, 2 * np.arange(len(slots), dtype=np.int64))

    def at_events(self, slots: Ints, index: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Rows, as of the events of a batch, of `slots` (-1 = none), which `index` is into: it has an item for each event."""
        if native is not None and self.current.dtype == np.int32:
            out = np.empty(len(index), np.int32)
            native.rows_of(*self.parts(), slots, np.ascontiguousarray(index, np.int64), out)
            return out
        rows = self.at(slots, np.zeros(len(slots), np.int64)).take(index)
        changed = self.changed(slots)
        if changed.any():
            at = np.flatnonzero(changed.take(index))
            rows[at] = self.at(slots.take(index.take(at)), 2 * at)
        return rows

    def changed(self, slots: Ints) -> npt.NDArray[np.bool_]:
        """Which slots (-1 = none) changed within this batch: the row of the others is the same at all its events."""
        return (self._first.take(slots) >= 0) & (slots >= 0)

    def changes_before(self, seqs: Ints) -> Ints:
        """How many changes of this batch, of any slot, each sequence number comes after: equal counts see equal tables."""
        moments = np.sort(self._keys & ((1 << SEQ_BITS) - 1))
        return np.searchsorted(moments, seqs, side="right")

    def remap(self, table: Ints) -> None:
        """Renumber all rows after a compaction (the new row of each old one); the log is dropped."""
        used = np.flatnonzero(self.current >= 0)
        self.current[used] = table[self.current[used]]
        self._keys = self._keys[:0]
        self._first[self._slots] = -1
        self._slots = self._slots[:0]


class SlotMap:
    """Thread ids to slots, small numbers in the order the ids were first seen; those of threads that are gone are used again.

    Slots keep every array of the state small whatever the ids are. Ids below 2**22 (the kernel's limit) go through a
    table that the operating system commits page by page, stranger ones through a dictionary of at most `LIMIT`.
    """

    DIRECT = 1 << 22
    LIMIT = 1 << 17

    def __init__(self) -> None:
        self.table: npt.NDArray[np.int32] = np.zeros(self.DIRECT, np.int32)  # slot + 1, 0 = none
        self._large: dict[int, int] = {}
        self._nameless = -1
        self._free: list[int] = []
        self.count = 0  # slots there have been

    @property
    def used(self) -> int:
        """How many slots somebody has."""
        return self.count - len(self._free)

    def release(self, idle: npt.NDArray[np.bool_]) -> Ints:
        """Take slots (bool by slot) from the thread ids that have them, for others to come. Those that were taken."""
        tids = np.flatnonzero(self.table)
        tids = tids[idle[self.table[tids] - 1]]
        taken: list[int] = (self.table[tids] - 1).tolist()
        self.table[tids] = 0
        taken += [self._large.pop(tid) for tid in [tid for tid, slot in self._large.items() if idle[slot]]]
        self._free += taken
        return np.array(taken, np.int64)

    def _take(self, n: int) -> list[int]:
        """n slots that nobody has."""
        again = max(len(self._free) - n, 0)
        out = self._free[again:]
        del self._free[again:]
        first = self.count
        self.count += n - len(out)
        return out + list(range(first, self.count))

    @property
    def nameless(self) -> int:
        """A slot that no thread id has: for threads that a single event sees, one after the other."""
        if self._nameless < 0:
            (self._nameless,) = self._take(1)
        return self._nameless

    def slot(self, tid: int) -> int:
        """The slot of a thread id, new if need be; -1 if it is negative or there are too many strange ones."""
        if 0 <= tid < self.DIRECT:
            got = int(self.table[tid]) - 1
            if got < 0:
                (got,) = self._take(1)
                self.table[tid] = got + 1
            return got
        if tid < 0:
            return -1
        known = self._large.get(tid)
        if known is None:
            if len(self._large) >= self.LIMIT:
                return -1
            (known,) = self._take(1)
            self._large[tid] = known
        return known

    def find(self, tids: npt.NDArray[Any]) -> Ints:
        """Slots of many thread ids, -1 for those without one: int64, same shape."""
        wide = np.asarray(tids, np.int64)
        if not len(wide) or (int(wide.min()) >= 0 and int(wide.max()) < self.DIRECT):
            got = self.table.take(wide).astype(np.int64)
            got -= 1
            return got
        plain = (wide >= 0) & (wide < self.DIRECT)
        out = np.full(len(wide), -1, np.int64)
        out[plain] = self.table[wide[plain]].astype(np.int64) - 1
        if self._large:
            rest = np.flatnonzero(wide >= self.DIRECT)
            out[rest] = [self._large.get(t, -1) for t in wide[rest].tolist()]
        return out

    def assign(self, tids: npt.NDArray[Any]) -> Ints:
        """As `find`, but ids seen for the first time get a slot."""
        if native is not None:
            out, new = np.empty((2, len(tids)), np.int64)
            new = new[: native.slots(self.table, np.ascontiguousarray(tids, np.int64), out, new)]
        else:
            out = self.find(tids)
            new = np.flatnonzero(out < 0)
            new = new[tids[new] >= 0]
        if len(new):
            fresh = tids[new]
            plain = fresh[fresh < self.DIRECT]
            marks = -1 - np.arange(len(plain), dtype=np.int32)
            self.table[plain[::-1]] = marks[::-1]  # of equal ids the last one counts, which is the first
            plain = plain[self.table[plain] == marks]
            self.table[plain] = np.array(self._take(len(plain)), np.int32) + 1
            for tid in dict.fromkeys(fresh[fresh >= self.DIRECT].tolist()):
                self.slot(tid)
            out[new] = self.find(fresh)
        return out
