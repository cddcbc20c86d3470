"""Playback: in place of an Inspector, for frames that say what their events see. Nothing is worked out anew."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

from pysysdig.errors import CaptureError
from pysysdig.events.column import NumColumn
from pysysdig.events.layout import HEAD, HEADER_V2
from pysysdig.events.table import CURRENT, N_TYPES
from pysysdig.state.accounts import Accounts
from pysysdig.state.fds import FdInfo
from pysysdig.state.levels import FD
from pysysdig.state.news import tell_account, tell_container
from pysysdig.state.pairing import tells_container
from pysysdig.state.raw import Params, decode
from pysysdig.state.snapshot import Snapshot
from pysysdig.state.table import named
from pysysdig.state.tables import MAX_FDS, Fds, Threads
from pysysdig.state.threads import CONTAINER_TID, ThreadInfo
from pysysdig.state.view import EventView
from pysysdig.trace import rows as row_codec
from pysysdig.trace.arrays import Column
from pysysdig.trace.batch import TraceBatch
from pysysdig.trace.frames import DAMAGED, Body, Values, blob, listed, loads, member
from pysysdig.trace.seen import Loader

if TYPE_CHECKING:
    from pysysdig.events.batch import EventBatch
    from pysysdig.state.containers import ContainerTable
    from pysysdig.state.context import ContextLog
    from pysysdig.state.tap import Tap

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]

_P = ParamSpec("_P")
_R = TypeVar("_R")
MAX_TABLES = 1 << 22
MAX_CHANGES = 1 << 22
MAX_ROWS = 1 << 20  # of threads and descriptors; a writer starts afresh after half of that
MAX_SLOTS = 1 << 25  # of all descriptor tables
_FREE, _PER_BYTE = 4096, 64  # rows and changes that a frame may have in any case, and for each byte of its body
MAX_WAITING = 64 << 20  # bytes of frames kept until somebody wants to know about descriptors


class RecordedFds(Fds):
    """Descriptor tables that are told what changed. The first rows stand for descriptors of which only the type is known:
    row t for type t."""

    TYPES = 64

    def __init__(self) -> None:
        super().__init__()
        for type_ in range(self.TYPES):
            self.add(FdInfo(type_))

    def apply(self, files: Ints, fds: Ints, seqs: Ints, rows: Ints, gone: list[int]) -> None:
        """The changes of a frame; `gone`: tables that nobody uses after it."""
        regions = self.regions
        regions.release(np.array([table for table in set(self._dead) if 0 <= table < len(regions)], np.int64))
        self._dead = gone
        if not len(files):
            self.timeline.commit([], [], [])
            return
        if (files < 0).any() or (files >= MAX_TABLES).any() or (fds < 0).any() or (fds >= MAX_FDS).any():
            raise ValueError
        top = int(files.max()) + 1
        regions.reserve(top)
        need = np.zeros(top, np.int64)
        np.maximum.at(need, files, fds + 1)
        if int(np.maximum(need, regions.size[:top]).sum()) > MAX_SLOTS:
            raise ValueError
        new = np.flatnonzero((need > 0) & (regions.size[:top] == 0))
        regions.place_new(new, need[new])
        for table in np.flatnonzero(need > regions.size[:top]).tolist():
            regions.place(table, int(need[table]))
        self.timeline.commit(regions.base[files] + fds, seqs, rows)

    def slots(self, files: np.ndarray, fds: np.ndarray) -> np.ndarray:
        files = np.where(files < len(self.regions), files, -1)
        return super().slots(files, fds)


class Playback:
    """The part of an Inspector that views, fields and printers use. Attributes as there.

    where: (name of the file, offset of the frame) for messages
    """

    history = None

    def __init__(self, snapshot: Snapshot, generation: str, level: int = FD) -> None:
        """level: below FD, descriptors are left alone."""
        self.level = level
        self.with_fds = level >= FD
        self.snapshot = snapshot
        self.generation = generation
        self.current_generation = generation == CURRENT
        self.accounts = Accounts(snapshot)
        self.threads = Threads()
        self._fds = RecordedFds()
        self._fds_waiting: list[tuple[Any, Body, tuple[str, int]]] = []  # states whose descriptors nobody needed so far
        self.first_ts = 0
        self.tap: Tap | None = None  # is told all changes
        self.context: ContextLog | None = None  # is told what becomes known of containers and accounts
        self._containers: ContainerTable | None = None
        self._told: list[tuple[int, Params]] = []  # (event number, what it says)
        self._born: list[tuple[Ints, int, list[ThreadInfo]]] = []  # threads: event numbers, the row of the first, rows
        self._pending: list[tuple[Any, Body, tuple[str, int]]] = []
        self.threads.timeline.reserve(1)

    # what the frames say

    def skip(self, ref: Any, body: Body, where: tuple[str, int]) -> None:
        """Take the state part of a frame whose events nobody wants to see."""
        self._pending.append((ref, body, where))

    def load(self, ref: Any, body: Body, where: tuple[str, int]) -> Any:
        """Take the state part of a frame (see trace.record), which the blob `ref` holds; returns it. Raises CaptureError."""
        pending, self._pending = [*self._pending, (ref, body, where)], []
        for ref_, body_, where_ in pending:
            try:
                state = loads(blob(body_, ref_, *where_), *where_)
                self._load(state, body_, where_)
            except DAMAGED:
                raise row_codec.senseless(where_) from None
        return state

    def _load(self, state: Any, body: Body, where: tuple[str, int]) -> None:
        if state["afresh"]:
            self.threads, self._fds = Threads(), RecordedFds()
            self._fds_waiting.clear()
            if self.tap is not None:
                self.tap.afresh()
        self.first_ts = int(state["first_ts"])
        count, ref, nums = state["threads"]
        if self._room(count, body) + len(self.threads.rows) > MAX_ROWS:
            raise ValueError
        if count:
            threads = row_codec.threads(Values(blob(body, ref, *where), *where), count, self.threads, where)
            self._born.append((Column(nums, count, "i8", body, where).values(), threads.start, self.threads.rows))
        tids, seqs, rows = self._log(state["thread_log"], 3, len(self.threads.rows), body, where)
        slots = self.threads.slots.assign(tids)
        slots[tids == CONTAINER_TID] = self.threads.slots.nameless
        if self.tap is not None:
            self.tap.feed_threads(tids.tolist(), seqs.tolist(), rows.tolist())
        good = slots >= 0
        self.threads.timeline.reserve(int(slots.max(initial=0)) + 1)
        self.threads.timeline.commit(slots[good], seqs[good], rows[good])
        if self.with_fds:
            self._fds_waiting.append((state, body, where))
            if self.tap is not None or sum(len(b) for _, b, _ in self._fds_waiting) > MAX_WAITING:
                self._load_fds()
        for num, data in state["context"]:
            p = _alone(data)
            if self.context is not None:
                self.context.add(int(num), p, data)
            self._tell(int(num), p)

    @property
    def fds(self) -> RecordedFds:
        """The descriptors, brought up to date when somebody asks for them. Raises CaptureError."""
        if self._fds_waiting:
            self._load_fds()
        return self._fds

    def _load_fds(self) -> None:
        waiting, self._fds_waiting = self._fds_waiting, []
        table = self._fds
        for state, body, where in waiting:
            try:
                count, ref = state["fds"]
                if self._room(count, body) + len(table.rows) > MAX_ROWS:
                    raise ValueError
                if count:
                    row_codec.fds(Values(blob(body, ref, *where), *where), count, table, where)
                files, fds, seqs, rows = self._log(state["fd_log"], 4, len(table.rows) - RecordedFds.TYPES, body, where)
                rows[rows >= 0] += RecordedFds.TYPES
                gone = [int(g) for g in state["gone"]]
                if self.tap is not None:
                    self.tap.feed_fds(files, fds, seqs, rows, gone)
                table.apply(files, fds, seqs, rows, gone)
            except DAMAGED:
                raise row_codec.senseless(where) from None

    def _room(self, count: Any, body: Body) -> int:
        """How many rows or changes a frame says it has, which is not more than its body can tell. Raises ValueError."""
        if type(count) is not int or not 0 <= count <= _FREE + _PER_BYTE * len(body):
            raise ValueError
        return count

    def _log(self, spec: Any, columns: int, rows: int, body: Body, where: tuple[str, int]) -> list[Ints]:
        count = self._room(spec[0], body)
        if count > MAX_CHANGES or len(spec) != columns + 1:
            raise ValueError
        out = [Column(c, count, "i8", body, where).values() for c in spec[1:]]
        out[-1] = out[-1] - 1
        if count and (
            int(out[-1].min()) < -1 or int(out[-1].max()) >= rows or int(out[-2].min()) < 0 or int(out[-2].max()) >= 1 << 18
        ):
            raise ValueError
        return out

    def _tell(self, num: int, p: Params) -> None:
        if not tell_account(self.accounts, p):
            self._told.append((num, p))

    @property
    def containers(self) -> ContainerTable:
        """What is known of containers, made when first asked for."""
        if self._containers is None:
            from pysysdig.state.containers import ContainerTable  # start-up time

            self._containers = ContainerTable(self.generation, self.snapshot.live)
        if self._told or self._born:
            told: list[tuple[int, Params | ThreadInfo]] = [
                (num, rows[first + i]) for born, first, rows in self._born for i, num in enumerate(born.tolist())
            ]
            told += self._told
            self._told, self._born = [], []
            for num, p in sorted(told, key=lambda item: item[0]):
                if isinstance(p, ThreadInfo):
                    self._containers.assign(p.cgroups, num, p.root, p.env)
                else:
                    tell_container(self._containers, p, num)
        return self._containers

    def listen(self, tap: Tap, context: ContextLog) -> bool:
        """See StateSource."""
        self.tap, self.context = tap, context
        return True

    def process(self, batch: EventBatch) -> EventView:
        """The view of a TraceBatch, whose state part is taken first. Raises CaptureError."""
        assert isinstance(batch, TraceBatch)
        where = (batch.name, batch.base)
        state = self.load(batch.state, batch.body, where)
        try:
            loader = Loader(member(state, "seen"), len(batch), batch.body, where)
        except ValueError:
            raise row_codec.senseless(where) from None
        return RecordedView(self, batch, loader, state)


class RecordedView(EventView):
    """An EventView that is told what its events see."""

    def __init__(self, playback: Playback, batch: TraceBatch, loader: Loader, state: dict[str, Any]) -> None:
        self._state = state
        self.inspector = playback
        self.batch = batch
        self.generation = playback.generation
        self.threads, self.users = playback.threads, playback.accounts
        self._loader = loader

    @cached_property
    def fds(self) -> Fds:  # type: ignore[override]
        return self.inspector.fds

    @cached_property
    def thread(self) -> Rows:
        assert isinstance(self.batch, TraceBatch)
        tids, index = self.batch.tids
        timeline, slots = self.threads.timeline, self.threads.slots.find(tids)
        rows = timeline.at(slots, np.zeros(len(slots), np.int64)).take(index)
        changed = timeline.changed(slots)
        if changed.any():
            at = np.flatnonzero(changed.take(index))
            rows[at] = timeline.at(slots.take(index.take(at)), 2 * at)
        return self._with_containers(rows, np.arange(len(self), dtype=np.int64))

    def _thread_at(self, sel: Ints) -> Rows:
        assert isinstance(self.batch, TraceBatch)
        tids, index = self.batch.tids
        rows = self.threads.timeline.at(self.threads.slots.find(tids).take(index.take(sel)), 2 * sel)
        return self._with_containers(rows, sel)

    def _with_containers(self, rows: Rows, sel: Ints) -> Rows:
        """Container events show the container in the place of a thread, whatever id they have."""
        if tells_container().take(self.batch.types()).any():
            told = np.flatnonzero(tells_container().take(self.batch.type_of(sel)))
            slots = np.full(len(told), self.threads.slots.nameless)
            self.threads.timeline.reserve(self.threads.slots.nameless + 1)
            rows[told] = self.threads.timeline.at(slots, 2 * sel[told])
        return rows

    def _got(self, what: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """What the loader says; damage is named."""
        try:
            return what(*args, **kwargs)
        except ValueError:
            raise self._damaged() from None

    @cached_property
    def enter(self) -> Ints:
        return self._got(self._loader.enter)

    @cached_property
    def _pairing(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        return self._got(self._loader.pairing, self.batch.type, self.batch.ts, self.enter)

    @property
    def paired(self) -> npt.NDArray[np.bool_]:
        return self._pairing[0]

    @property
    def enter_ts(self) -> npt.NDArray[np.uint64]:
        return self._pairing[1]

    @property
    def latency(self) -> npt.NDArray[np.uint64]:
        return self._pairing[2]

    @cached_property
    def _fds(self) -> tuple[Rows, Ints]:
        """(different rows of descriptors that events see, index into these for each event)."""
        rows, index = self._got(self._loader.fd, len(self.fds.rows) - RecordedFds.TYPES)
        rows[rows >= 0] += RecordedFds.TYPES
        return rows.astype(np.int32), index

    @cached_property
    def fd(self) -> Rows:
        rows, index = self._fds
        return rows.take(index)

    @cached_property
    def fdnum(self) -> Ints:
        rows, index = self._fds
        return self._got(self._loader.fdnum, self.fds.number(rows, named("fd")).values.take(index))

    @cached_property
    def name_changed(self) -> npt.NDArray[np.bool_]:
        return self._got(self._loader.renamed)

    @cached_property
    def _carried(self) -> dict[int, bytes]:
        return self._got(self._loader.carried)

    def counter(self, name: str, sel: Ints) -> NumColumn:
        try:
            values = self._stored(member(member(self._state, "counters"), name))
        except ValueError:
            raise self._damaged() from None
        return NumColumn(values[sel], self.thread[sel] >= 0)

    def open_fds(self, sel: Ints) -> list[tuple[int, ...]]:
        try:
            types, spec = listed(member(self._state, "open"), 2)
            rows = [tuple(listed(item)) for item in listed(types)]
            if any(type(t) is not int or not 0 <= t < RecordedFds.TYPES for item in rows for t in item):
                raise ValueError
            codes = self._stored(spec)[sel]
            if len(codes) and not (int(codes.min()) >= 0 and int(codes.max()) < len(rows)):
                raise ValueError
        except ValueError:
            raise self._damaged() from None
        return [rows[c] for c in codes.tolist()]

    def _stored(self, spec: Any) -> Ints:
        return Column(spec, len(self), "i8", self.batch.body, (self.batch.name, self.batch.base)).values()  # type: ignore[attr-defined]

    def _damaged(self) -> CaptureError:
        return row_codec.senseless((self.batch.name, self.batch.base))

    def enter_params(self, pos: int) -> Params | None:
        if not self.paired[pos]:
            return None
        enter = int(self.enter[pos])
        if enter >= 0:
            data = self.batch.buf.data
            return decode(data, int(self.batch.off[enter]))
        kept = self._carried.get(pos)
        try:
            return _alone(kept) if kept is not None else None
        except ValueError:
            raise self._damaged() from None


def _alone(data: Any) -> Params:
    """The parameters of an event that a frame holds by itself. Raises ValueError if it is none, or ends too early."""
    if type(data) is not bytes or len(data) < HEADER_V2:
        raise ValueError
    _, _, length, type_ = HEAD.unpack_from(data)
    if not HEADER_V2 <= length <= len(data) or type_ >= N_TYPES:
        raise ValueError
    return decode(memoryview(data), 0)
