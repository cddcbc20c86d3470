"""The system at one moment of the stream: all threads and descriptors, for chisels such as ps, lsof and netstat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from pysysdig.chiselkit.events import Batch
from pysysdig.chiselkit.order import script_order
from pysysdig.errors import ChiselError
from pysysdig.events.batch import EventBatch
from pysysdig.events.layout import HEADER, HEADER_V2
from pysysdig.events.table import TYPES
from pysysdig.fields.lookup import lookup
from pysysdig.filter import compile_filter
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.state.containers import ContainerInfo
from pysysdig.state.fds import FdInfo
from pysysdig.state.hashorder import HashOrder
from pysysdig.state.pairing import Pairs
from pysysdig.state.threads import CL_CLONE_FILES, ThreadInfo
from pysysdig.state.view import EventView

if TYPE_CHECKING:
    from pysysdig.state.inspector import Inspector

Ints = npt.NDArray[np.int64]
_READ_X = TYPES["SYSCALL_READ_X"]


class ThreadState:
    """A thread at that moment.

    info          the ThreadInfo
    user          name of its account; vmsize, vmrss: bytes
    descriptors   its descriptors, in the order in which sysdig lists them
    """

    __slots__ = ("descriptors", "info", "user", "vmrss", "vmsize")

    def __init__(self, info: ThreadInfo, user: str, vmsize: int, vmrss: int) -> None:
        self.info = info
        self.user = user
        self.vmsize = vmsize
        self.vmrss = vmrss
        self.descriptors: list[Descriptor] = []


class Descriptor:
    """A descriptor of a thread: its number, its name and type as fd.name and fd.type give them, and the FdInfo."""

    __slots__ = ("info", "name", "num", "type")

    def __init__(self, num: int, name: str, type_: str, info: FdInfo) -> None:
        self.num = num
        self.name = name
        self.type = type_
        self.info = info


class SystemState:
    """What the Inspector knew at one event, that event included. Needs an Inspector of level ORDERS."""

    def __init__(self, view: EventView, pos: int, options: RenderOptions = PLAIN) -> None:
        """The moment of the event at position `pos` of the view; valid as long as the view is. options: how values are
        rendered. Raises ChiselError for traces that do not hold all of it."""
        if getattr(view.inspector, "history", None) is None:
            raise ChiselError("this trace was written with a filter: it does not hold the state of the whole system")
        self._view = view
        self._pos = pos
        self._options = options

    def containers(self) -> list[ContainerInfo]:
        """The containers known, in the order in which sysdig lists them."""
        known = {c.id: c for c in self._view.inspector.containers.all_at(int(self._view.batch.num[self._pos]))}
        hashes = {_hash(id_.encode("latin-1")): id_ for id_ in known}
        return [known[hashes[h]] for h in HashOrder(hashes).keys]

    def threads(self, filter_text: str = "") -> list[ThreadState]:
        """The threads in the order in which sysdig lists them; with a filter (byte text) those that have a descriptor it
        matches, and of these the descriptors it matches. Raises FilterError."""
        view = self._view
        found = self._found()
        opened = list(self._open(found))
        pairs = [(i, r) for i, fds in enumerate(opened) for r in fds]
        matched = self._matching([found[i] for i, _ in pairs], [r for _, r in pairs], filter_text)
        names, types = self._values(matched, found, pairs, "fd.name", "fd.type")
        every = np.arange(len(found), dtype=np.int64)
        alone = Imagined(view, self._pos, found, [-1] * len(found))
        vmsize, vmrss = (alone.counter(name, every).values.tolist() for name in ("vmsize", "vmrss"))
        (users,) = self._values(every, found, [(i, -1) for i in every.tolist()], "user.name")
        threads = [ThreadState(t, u or "", 1024 * v, 1024 * r) for t, u, v, r in zip(found, users, vmsize, vmrss)]
        for k, name, type_ in zip(matched.tolist(), names, types):
            i, row = pairs[k]
            info = view.fds.rows[row]
            threads[i].descriptors.append(Descriptor(info.fd, name or "", type_ or "", info))
        for t in threads:
            by_num = {d.num: d for d in t.descriptors}
            t.descriptors = [by_num[num] for num in script_order(by_num)]
        by_tid = {t.info.tid: t for t in threads if t.descriptors or not filter_text}
        # a hash table, filled in order of creation, handed to a script
        hashed = HashOrder(t.tid for t in found).keys
        return [by_tid[tid] for tid in script_order(tid for tid in hashed if tid in by_tid)]

    def known_threads(self) -> list[ThreadInfo]:
        """The threads in the order of sysdig's own table of them."""
        by_tid = {t.tid: t for t in self._found()}
        return [by_tid[tid] for tid in HashOrder(by_tid).keys]

    def _found(self) -> list[ThreadInfo]:
        """The threads in the order of their creation."""
        timeline = self._view.threads.timeline
        slots = np.arange(self._view.threads.slots.count, dtype=np.int64)
        timeline.reserve(len(slots))
        rows = timeline.at(slots, np.full(len(slots), 2 * self._pos, np.int64))
        return self._by_age([self._view.threads.rows[r] for r in rows[rows >= 0].tolist()])

    def _by_age(self, threads: list[ThreadInfo]) -> list[ThreadInfo]:
        """In the order of their creation; those that end within the batch come last."""
        by_tid = {t.tid: t for t in threads if t.tid >= 0}
        current = self._view.threads.current
        born = [tid for tid in current if tid in by_tid]
        return [by_tid[tid] for tid in (*born, *(tid for tid in by_tid if tid not in current))]

    def _open(self, threads: list[ThreadInfo]) -> Iterator[tuple[int, ...]]:
        """The rows of each thread's descriptors."""
        rows = np.array([t.row for t in threads], np.int32)
        at = np.full(len(rows), self._pos, np.int64)
        files = self._view.files(rows, at)
        leaders = self._view.by_tid(np.array([t.pid for t in threads], np.int64), at)
        for i, t in enumerate(threads):
            if t.flags & CL_CLONE_FILES and leaders[i] < 0:
                files[i] = -1
        return iter(self._view.fds.open_rows(files, 2 * at))

    def _matching(self, threads: list[ThreadInfo], fds: list[int], filter_text: str) -> Ints:
        """Which of the (thread, descriptor row) pairs pass the filter."""
        every = np.arange(len(fds), dtype=np.int64)
        if not filter_text or not len(every):
            return every
        chosen = compile_filter(filter_text, self._view.generation, self._options)
        return chosen.select(Imagined(self._view, self._pos, threads, fds), every)

    def _values(self, sel: Ints, threads: list[ThreadInfo], pairs: list[tuple[int, int]], *names: str) -> list[list[Any]]:
        """Fields of imagined events of (thread number, descriptor row) pairs."""
        view = Imagined(self._view, self._pos, [threads[i] for i, _ in pairs], [r for _, r in pairs])
        events = Batch(view, sel, {name: lookup(name, options=self._options) for name in names})
        return [events.values(name) for name in names]


class Imagined(EventView):
    """Events of given threads on given descriptors (rows, -1 = none), none of which took place, at a given moment: reads, or of
    another type."""

    def __init__(self, view: EventView, pos: int, threads: list[ThreadInfo], fds: list[int], type_: int = _READ_X) -> None:
        n = len(threads)
        tids = np.array([t.tid for t in threads], np.int64)
        inspector = cast("Inspector", view.inspector)  # such views are asked for while state is worked out, not of recorded state
        super().__init__(inspector, _exits(type_, int(view.batch.ts[pos]), tids), view.threads.slots.find(tids))
        self._moment = 2 * pos
        self._pairs = Pairs(n)
        given = self.__dict__  # in place of what would be computed from a batch
        given["thread"] = np.array([t.row for t in threads], np.int32)
        given["fd"] = np.array(fds, np.int32)
        given["fdnum"] = np.array([self.fds.rows[r].fd if r >= 0 else -1 for r in fds], np.int64)
        given["name_changed"] = np.zeros(n, bool)

    def moments(self, sel: Ints) -> Ints:
        return np.full(len(sel), self._moment, np.int64)


def _exits(type_: int, ts: int, tids: Ints) -> EventBatch:
    """Exit events of a type, without parameters."""
    n = len(tids)
    head = np.zeros(n, HEADER)
    head["ts"], head["tid"], head["length"], head["type"] = ts, tids, HEADER_V2, type_
    buf = np.concatenate((head.view(np.uint8), np.zeros(8, np.uint8)))
    return EventBatch(buf, np.arange(n, dtype=np.int64) * HEADER_V2, np.zeros(n, np.int64), np.zeros(n, np.uint16))


_MUL, _WORD = 0xC6A4A7935BD1E995, (1 << 64) - 1


def _mixed(value: int) -> int:
    return value ^ value >> 47


def _hash(data: bytes) -> int:
    """What the GNU library's tables of strings go by (MurmurHash64A with its seed)."""
    out = 0xC70F6907 ^ len(data) * _MUL & _WORD
    whole = len(data) & ~7
    for at in range(0, whole, 8):
        word = int.from_bytes(data[at : at + 8], "little")
        out = (out ^ _mixed(word * _MUL & _WORD) * _MUL & _WORD) * _MUL & _WORD
    if len(data) > whole:
        out = (out ^ int.from_bytes(data[whole:], "little")) * _MUL & _WORD
    return _mixed(_mixed(out) * _MUL & _WORD)
