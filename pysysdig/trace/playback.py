"""Playback: in place of an Inspector, for frames that say what their events see. Nothing is worked out anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.table import CURRENT
from pysysdig.state.accounts import Accounts
from pysysdig.state.levels import FD
from pysysdig.state.raw import Params
from pysysdig.state.snapshot import Snapshot
from pysysdig.state.tables import Threads
from pysysdig.state.threads import CONTAINER_TID, ThreadInfo
from pysysdig.trace import rows as row_codec
from pysysdig.trace.arrays import Column
from pysysdig.trace.batch import TraceBatch
from pysysdig.trace.frames import Body, blob, blob_later
from pysysdig.trace.numbering import Numbering
from pysysdig.trace.recorded import RecordedFds, RecordedView, alone
from pysysdig.trace.rows import Given, RecordedThread
from pysysdig.trace.seen import Loader
from pysysdig.trace.values import Damage, Values, listed, loads, member, numbers, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pysysdig.events.batch import EventBatch
    from pysysdig.state.containers import ContainerTable
    from pysysdig.state.context import ContextLog
    from pysysdig.state.tap import Tap
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]

MAX_CHANGES = 1 << 22
MAX_ROWS = 1 << 20  # of threads and descriptors; a writer starts afresh after half of that
_FREE, _PER_BYTE = 4096, 64  # rows and changes that a frame may have in any case, and for each byte of its body
_MANY_SLOTS = 1 << 14
MAX_WAITING = 64 << 20  # bytes of frames kept until somebody wants to know about descriptors


class Playback:
    """The part of an Inspector that views, fields and printers use. Attributes as there.

    where: (name of the file, offset of the frame) for messages
    """

    history = None

    def __init__(
        self, snapshot: Snapshot, generation: str, level: int = FD, *, as_recorded: bool = True, complete: bool = True
    ) -> None:
        """level: below FD, descriptors are left alone. as_recorded: False: the generation is not that of who recorded the rows,
        and which container a process is in is told anew. complete: see StateSource."""
        self._as_recorded = as_recorded
        self.complete = complete
        self._beside: list[Playback] = []
        self.level = level
        self.with_fds = level >= FD
        self.snapshot = snapshot
        self.generation = generation
        self.current_generation = generation == CURRENT
        self.accounts = Accounts(snapshot)
        self._begin()
        self._fds_waiting: list[tuple[Any, Body, tuple[str, int]]] = []  # states whose descriptors nobody needed so far
        self.first_ts = 0
        self.tap: Tap | None = None  # is told all changes
        self.context: ContextLog | None = None  # is told what becomes known of containers and accounts
        self._containers: ContainerTable | None = None
        self._told: list[tuple[int, Params]] = []  # (event number, what it says)
        # threads: event numbers, which can be read later if they are in a file, and what is known of them
        self._born: list[tuple[Ints | Column, Given]] = []
        self._pending: list[tuple[Any, Body, tuple[str, int]]] = []

    def _begin(self) -> None:
        """Know of no rows."""
        self.threads, self._fds = Threads(), RecordedFds()
        self.threads.timeline.reserve(1)
        self._many = _MANY_SLOTS  # slots of threads from which on it is worth looking for those that nobody needs
        self._thread_numbers = Numbering(self.threads, ThreadInfo(0), RecordedThread)

    # what the frames say

    def skip(self, ref: Any, body: Body, where: tuple[str, int], *, at_once: bool = False) -> None:
        """Take the state part of a frame whose events nobody wants to see. at_once: not only when it is needed. Raises
        CaptureError."""
        if at_once:
            self.load(ref, body, where)
        else:
            self._pending.append((ref, body, where))
        for other in self._beside:
            other.skip(ref, body, where, at_once=at_once)

    def load(self, ref: Any, body: Body, where: tuple[str, int]) -> Any:
        """Take the state part of a frame (see trace.record), which the blob `ref` holds; returns it. Raises CaptureError."""
        pending, self._pending = [*self._pending, (ref, body, where)], []
        for ref_, body_, where_ in pending:
            with Damage(where_, row_codec.SENSELESS):
                state = loads(blob(body_, ref_, *where_), *where_)
                self._load(state, body_, where_)
        return state

    def _load(self, state: Any, body: Body, where: tuple[str, int]) -> None:
        if member(state, "afresh"):
            self._begin()
            self._fds_waiting.clear()
            if self.tap is not None:
                self.tap.afresh()
        self.first_ts = whole(member(state, "first_ts"))
        count, ref, nums = listed(member(state, "threads"), 3)
        numbering = self._thread_numbers
        if self._room(count, body) + numbering.count > MAX_ROWS:
            raise ValueError
        if self.tap is None:  # it keeps rows from frame to frame
            numbering.compact()
            self._release_slots()
        if count:
            known = None if self._as_recorded else self._container
            given = row_codec.threads(Values(blob_later(body, ref, *where), *where), count, where, known)
            numbering.add(count, given)
            born = Column(nums, count, "i8", body, where)
            self._born.append((born.values() if isinstance(body, memoryview) else born, given))
        tids, seqs, rows = self._log(member(state, "thread_log"), 3, numbering, body, where)
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
        for item in listed(member(state, "context")):
            num, data = listed(item, 2)
            p = alone(data)
            if self.context is not None:
                self.context.add(whole(num), p, data)
            self._tell(whole(num), p)

    def _release_slots(self) -> None:
        """As many threads as there are ids may have been: those that are gone leave nothing behind."""
        slots, timeline = self.threads.slots, self.threads.timeline
        if slots.used > self._many:
            timeline.reserve(slots.count)
            slots.release(timeline.current[: slots.count] < 0)
            self._many = _MANY_SLOTS + 2 * slots.used

    def _container(self, cgroups: Sequence[str], root: str, env: Sequence[str]) -> str:
        return self.containers.assign(cgroups, 0, root, env)

    @property
    def fds(self) -> RecordedFds:
        """The descriptors, brought up to date when somebody asks for them. Raises CaptureError."""
        if self._fds_waiting:
            self._load_fds()
        return self._fds

    def _load_fds(self) -> None:
        waiting, self._fds_waiting = self._fds_waiting, []
        table, numbering = self._fds, self._fds.numbering
        for state, body, where in waiting:
            with Damage(where, row_codec.SENSELESS):
                count, ref = listed(member(state, "fds"), 2)
                if self._room(count, body) + numbering.count > MAX_ROWS:
                    raise ValueError
                if self.tap is None:
                    numbering.compact()
                if count:
                    numbering.add(count, row_codec.fds(Values(blob_later(body, ref, *where), *where), count, where))
                log = member(state, "fd_log")
                files, fds, seqs, rows = self._log(log, 4, numbering, body, where)
                gone = numbers(member(state, "gone"))
                if self.tap is not None:
                    self.tap.feed_fds(files, fds, seqs, rows, gone)
                table.apply(files, fds, seqs, rows, gone)

    def _room(self, count: Any, body: Body) -> int:
        """How many rows or changes a frame says it has, which is not more than its body can tell. Raises ValueError."""
        if not 0 <= whole(count) <= _FREE + _PER_BYTE * len(body):
            raise ValueError
        return whole(count)

    def _log(self, spec: Any, columns: int, numbering: Numbering, body: Body, where: tuple[str, int]) -> list[Ints]:
        given, *logged = listed(spec, columns + 1)
        count = self._room(given, body)
        if count > MAX_CHANGES:
            raise ValueError
        out = [Column(c, count, "i8", body, where).values() for c in logged]
        out[-1] = out[-1] - 1
        if count and (int(out[-1].min()) < -1 or int(out[-1].max()) >= numbering.count):
            raise ValueError
        if count and (int(out[-2].min()) < 0 or int(out[-2].max()) >= 1 << 18):
            raise ValueError
        out[-1] = numbering.rows(out[-1])
        return out

    def _tell(self, num: int, p: Params) -> None:
        from pysysdig.state.told import tell_account  # start-up time

        if not tell_account(self.accounts, p):
            self._told.append((num, p))

    @property
    def containers(self) -> ContainerTable:
        """What is known of containers, made when first asked for."""
        if self._containers is None:
            from pysysdig.state.containers import ContainerTable  # start-up time

            self._containers = ContainerTable(self.generation, self.snapshot.live)
        if self._told or self._born:
            from pysysdig.state.told import tell_container

            told: list[tuple[int, Params | ThreadInfo]] = [
                (num, RecordedThread(given, i, -1))
                for born, given in self._born
                for i, num in enumerate((born.values() if isinstance(born, Column) else born).tolist())
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

    def beside(self, level: int, generation: str) -> Playback:
        """See StateSource."""
        as_recorded = self._as_recorded and generation == self.generation
        other = Playback(self.snapshot, generation, level, as_recorded=as_recorded, complete=self.complete)
        self._beside.append(other)
        return other

    def process(self, batch: EventBatch) -> EventView:
        """The view of a TraceBatch, whose state part is taken first. Raises CaptureError."""
        assert isinstance(batch, TraceBatch)
        where = (batch.name, batch.base)
        state = self.load(batch.state, batch.later, where)
        with Damage(where, row_codec.SENSELESS):
            loader = Loader(member(state, "seen"), len(batch), batch.body, where)
        return RecordedView(self, batch, loader, state)
