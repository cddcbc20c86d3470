"""What stands in for the descriptors and the views of an Inspector, for frames that say what their events see."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

from pysysdig.events.column import NumColumn
from pysysdig.events.layout import HEAD, HEADER_V2
from pysysdig.events.table import N_TYPES
from pysysdig.state.fds import FdInfo
from pysysdig.state.pairing import tells_container
from pysysdig.state.raw import Params, decode
from pysysdig.state.table import named
from pysysdig.state.tables import MAX_FDS, Fds
from pysysdig.state.view import EventView
from pysysdig.trace.arrays import Column
from pysysdig.trace.numbering import Numbering
from pysysdig.trace.rows import SENSELESS, RecordedFd, fds
from pysysdig.trace.seen import Loader
from pysysdig.trace.values import Damage, Values, dumps, listed, member, numbers

if TYPE_CHECKING:
    from pysysdig.state.source import StateSource
    from pysysdig.trace.batch import TraceBatch

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]

_P = ParamSpec("_P")
_R = TypeVar("_R")
MAX_TABLES = 1 << 22
MAX_SLOTS = 1 << 25  # of all descriptor tables


class RecordedFds(Fds):
    """Descriptor tables that are told what changed. The first rows stand for descriptors of which only the type is known:
    row t for type t."""

    TYPES = 64

    def __init__(self) -> None:
        super().__init__()
        types = fds(Values(partial(dumps, {"type": list(range(self.TYPES))})), self.TYPES, ("", 0))
        self.extend(self.TYPES, types, FdInfo(0), RecordedFd)
        self.numbering = Numbering(self, FdInfo(0), RecordedFd, self.TYPES)

    def apply(self, files: Ints, fds: Ints, seqs: Ints, rows: Ints, gone: list[int]) -> None:
        """The changes of a frame; `gone`: tables that nobody uses after it."""
        regions = self.regions
        top = len(regions)
        regions.release(np.array([table for table in set(self._dead) if 0 <= table < top], np.int64))
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


class RecordedView(EventView):
    """An EventView that is told what its events see."""

    batch: TraceBatch

    def __init__(self, source: StateSource, batch: TraceBatch, loader: Loader, state: Any) -> None:
        """loader, state: what the frame says of its events, and all that it says (see trace.record)."""
        self._state = state
        self.inspector = source
        self.batch = batch
        self.generation = source.generation
        self.threads, self.users = source.threads, source.accounts
        self._loader = loader

    @cached_property
    def fds(self) -> RecordedFds:  # type: ignore[override]
        fds = self.inspector.fds
        assert isinstance(fds, RecordedFds)
        return fds

    @cached_property
    def thread(self) -> Rows:
        tids, index = self.batch.tids
        rows = self.threads.timeline.at_events(self.threads.slots.find(tids), index)
        return self._with_containers(rows, np.arange(len(self), dtype=np.int64))

    def _thread_at(self, sel: Ints) -> Rows:
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
        with self._damage():
            return what(*args, **kwargs)

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
        numbering = self.fds.numbering
        numbers, index = self._got(self._loader.fd, numbering.count)
        return numbering.rows(numbers).astype(np.int32), index

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
        with self._damage():
            values = self._stored(member(member(self._state, "counters"), name))
        return NumColumn(values[sel], self.thread[sel] >= 0)

    def open_fds(self, sel: Ints) -> list[tuple[int, ...]]:
        with self._damage():
            types, spec = listed(member(self._state, "open"), 2)
            rows = [tuple(numbers(item, RecordedFds.TYPES)) for item in listed(types)]
            codes = self._stored(spec)[sel]
            if len(codes) and not (int(codes.min()) >= 0 and int(codes.max()) < len(rows)):
                raise ValueError
        return [rows[c] for c in codes.tolist()]

    def _stored(self, spec: Any) -> Ints:
        return Column(spec, len(self), "i8", self.batch.body, (self.batch.name, self.batch.base)).values()

    def _damage(self) -> Damage:
        return Damage((self.batch.name, self.batch.base), SENSELESS)

    def enter_params(self, pos: int) -> Params | None:
        if not self.paired[pos]:
            return None
        enter = int(self.enter[pos])
        if enter >= 0:
            data = self.batch.buf.data
            return decode(data, int(self.batch.off[enter]))
        kept = self._carried.get(pos)
        with self._damage():
            return alone(kept) if kept is not None else None


def alone(data: Any) -> Params:
    """The parameters of an event that a frame holds by itself. Raises ValueError if it is none, or ends too early."""
    if type(data) is not bytes or len(data) < HEADER_V2:
        raise ValueError
    _, _, length, type_ = HEAD.unpack_from(data)
    if not HEADER_V2 <= length <= len(data) or type_ >= N_TYPES:
        raise ValueError
    return decode(memoryview(data), 0)
