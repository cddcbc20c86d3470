"""ContainerWatch: finds the containers that processes run in, asks their engines about them, and makes container events of it.

Ids come from cgroups (`state.cgroups`), and from engines that tell of containers before these have any process. Engines are asked
in threads of their own.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from pysysdig.capture.calls import COLLECT_PROCESSES, PLANS
from pysysdig.capture.engines.answers import event_text, named
from pysysdig.capture.engines.engine import GONE, NEW, EngineError, EngineSettings, Json
from pysysdig.capture.engines.roster import Roster, Seat
from pysysdig.capture.engines.table import NAMED
from pysysdig.events.batch import EventBatch
from pysysdig.events.single import encode, encode_async
from pysysdig.events.table import OLD, TYPES, load
from pysysdig.state.cgroups import CT_PODMAN, CT_STATIC, match_container
from pysysdig.state.containers import CONTAINER, CONTAINER_REMOVED, MAX_CONTAINERS
from pysysdig.state.snapshot import Snapshot

# an engine may not know a container yet whose first process runs: seconds before it is asked again, and again
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
_MAX_WAITING = 4096
_ASKING = 8  # questions at a time: docker keeps those about a container waiting while it starts it
_PATIENCE = 0.5  # seconds that events may wait for the answer about a container that is being created
_PARTING = 0.05  # seconds that a thread has to end by itself
_MINIMAL = ("type", "id", "full_id", "image")  # what is said of a container that is gone
# system calls that say in which cgroups a process is: clone, execve and relatives; and which parameter does
_START = sorted({plan.exit_type for plan in PLANS.values() if plan.program == COLLECT_PROCESSES})
CGROUPS = {t: load(OLD)[t].param_index("cgroups") for t in _START}  # in both generations
_OWNER = re.compile(r"/user\.slice/user-(\d{1,10})\.slice/")


_V = TypeVar("_V")


class _Question(NamedTuple):
    ident: str
    type: int
    owner: int  # user id whose podman it is, 0: not known
    seat: Seat | None  # who told of it, None: nobody
    new: bool = False  # whatever had this id before is gone
    since: float = 0.0  # when the question came up (monotonic)

    @property
    def key(self) -> tuple[str, int]:
        """What is asked, and of whom."""
        return self.ident, -1 if self.seat is None else self.seat.rank


class _Known(NamedTuple):
    rank: int  # of the engine that knows it
    since: float  # when it was asked
    minimal: Json


def cgroup_items(data: bytes) -> list[str]:
    """`controller=path` texts of the parameter."""
    return data.removesuffix(b"\0").decode("latin-1").split("\0")


class ContainerWatch:
    """Engines are listened to from the start, and asked about what they have not told.

    generation: whose events are made
    notes: lines for the user
    """

    def __init__(self, settings: EngineSettings, generation: str) -> None:
        self._generation = generation
        self._wait = settings.wait
        self._cgroups: set[bytes] = set()
        self._asked: dict[str, None] = {}  # ids seen in cgroups; the oldest first, here and below
        self._known: dict[str, _Known] = {}
        self._pending: set[tuple[str, int]] = set()  # asked about at the moment
        self._waiting: deque[_Question] = deque()
        self._events: deque[tuple[str, Json]] = deque()  # names of events and what they say
        self._new: dict[str, float] = {}  # containers being created that were asked about -> until when that is waited for
        self._busy = 0
        self._closed = threading.Event()
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self.notes: deque[str] = deque()
        self._static = settings.static
        self._named = {type_ for name, type_ in NAMED.items() if name not in settings.disabled}
        if settings.static:
            ident, name, image = settings.static
            self._events.append((CONTAINER, named(ident, CT_STATIC, name, image)))
        self._roster = Roster(settings, self._hear, self.notes.append)

    def see_processes(self, snapshot: Snapshot) -> None:
        """Ask about the containers that run already."""
        for cgroups in {tuple(process.cgroups): None for process in snapshot.processes}:
            self._see(cgroups)

    def see(self, batch: EventBatch) -> None:
        """Ask about the containers that processes begin to run in."""
        for type_, param in CGROUPS.items():
            positions = batch.positions(type_)
            if len(positions):
                for data in set(batch.raw(batch.spans(type_, positions), param)):
                    if data and data not in self._cgroups:
                        if len(self._cgroups) >= MAX_CONTAINERS:
                            self._cgroups.clear()
                        self._cgroups.add(data)
                        self._see(cgroup_items(data))

    def _see(self, cgroups: Iterable[str]) -> None:
        items = list(cgroups)
        found = None if self._static else match_container(items, self._generation, live=True)
        if found is None:
            return
        owner = next((int(m[1]) for m in map(_OWNER.search, items) if m), 0) if found.type == CT_PODMAN else 0
        with self._changed:
            if found.id in self._asked or found.id in self._known:
                return
            _put(self._asked, found.id, None)
            if found.type in self._named:
                self._events.append((CONTAINER, named(found.id, found.type, found.name)))
                return
        self._ask_about(_Question(found.id, found.type, owner, None))

    def _hear(self, seat: Seat, ident: str, news: int) -> None:
        """An engine tells of a container. If it is new, whatever had its id before is gone."""
        with self._changed:
            known = self._known.get(ident)
            if known is not None and seat.rank > known.rank:
                return  # another one knows it better
            if news == GONE:
                if known is not None:
                    self._forget(ident, known)
                return
            if known is not None and news != NEW and seat.rank == known.rank:
                return
        self._ask_about(_Question(ident, 0, 0, seat, news == NEW, time.monotonic()))

    def _forget(self, ident: str, known: _Known) -> None:
        del self._known[ident]
        self._asked.pop(ident, None)
        self._events.append((CONTAINER_REMOVED, known.minimal))

    def _ask_about(self, question: _Question) -> None:
        with self._changed:
            if self._closed.is_set() or len(self._waiting) >= _MAX_WAITING or question.key in self._pending:
                return
            self._pending.add(question.key)
            self._waiting.append(question)
            if question.new and question.seat is not None and not question.seat.resting:
                self._new[question.ident] = time.monotonic() + _PATIENCE
            self._changed.notify_all()
            if len(self._waiting) + self._busy > len(self._threads) < _ASKING:
                self._threads.append(threading.Thread(target=self._run, name="pysysdig-containers", daemon=True))
                self._threads[-1].start()

    def wait_for_new(self) -> None:
        """Wait until it is known what is being created, so that it is told before its first process. Docker answers only once it
        has started a container, unless it is asked at once. However many are created, events wait no longer than _PATIENCE."""
        end = time.monotonic() + _PATIENCE
        with self._changed:
            while self._new:
                now = time.monotonic()
                self._new = {ident: until for ident, until in self._new.items() if until > now}
                if not self._new or now >= end:
                    break
                self._changed.wait(min(end, *self._new.values()) - now)

    def settle(self, seconds: float) -> None:
        """Wait until every engine is listened to and every question so far is answered, but not longer than this."""
        deadline = time.monotonic() + seconds
        self._roster.settle(deadline)
        self._settle(deadline)

    def _settle(self, deadline: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._busy, max(deadline - time.monotonic(), 0))

    def look(self, batch: EventBatch, seconds: float) -> None:
        """See a batch; if events are to wait for answers, until they are there, but not longer than this."""
        self.see(batch)
        if self._wait:
            self._settle(time.monotonic() + seconds)

    def take(self, ts: int) -> list[bytes]:
        """Encoded events about what has become known, with this time."""
        events = []
        while self._events:
            name, container = self._events.popleft()
            text = event_text(container, self._generation).encode("utf-8", "replace") + b"\0"
            if self._generation != OLD:
                events.append(encode_async(ts, name, text))
            elif name == CONTAINER:
                events.append(encode(ts, -1, TYPES["CONTAINER_JSON_2_E"], [text]))
        return events

    def close(self) -> None:
        """End the threads; one that waits for an answer ends by itself."""
        self._closed.set()
        with self._changed:
            self._changed.notify_all()
        self._roster.close()
        for thread in self._threads:
            thread.join(_PARTING)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed.is_set())
                if self._closed.is_set():
                    return
                question = self._waiting.popleft()
                self._busy += 1
                asked = time.monotonic()
            rank, answer = self._answer(question)
            with self._changed:
                self._pending.discard(question.key)
                self._busy -= 1
                self._new.pop(question.ident, None)
                if answer is not None and self._is_news(question, rank):
                    _put(self._known, question.ident, _Known(rank, asked, {key: answer.get(key, "") for key in _MINIMAL}))
                    self._events.append((CONTAINER, answer))
                self._changed.notify_all()

    def _is_news(self, question: _Question, rank: int) -> bool:
        """Whether an answer is more than what is known already."""
        known = self._known.get(question.ident)
        return known is None or rank < known.rank or (rank == known.rank and question.new and known.since < question.since)

    def _answer(self, question: _Question) -> tuple[int, Json | None]:
        """What is known of a container, and the rank of who knows it."""
        for pause in (*_PAUSES, 0.0):
            asked = False
            for seat in [question.seat] if question.seat else self._roster.seats(question.type, question.owner):
                if seat.resting:
                    continue
                try:
                    return seat.rank, seat.ask(question.ident)
                except EngineError as error:
                    asked |= not error.final
            if not asked or self._closed.wait(pause):
                break
        return 0, None


def _put(table: dict[str, _V], key: str, value: _V) -> None:
    """Into a table of bounded size."""
    if len(table) >= MAX_CONTAINERS and key not in table:
        del table[next(iter(table))]
    table[key] = value
