"""ContainerWatch: finds the containers that processes run in, asks their engines about them, and makes container events of it.

Ids come from cgroups (`state.cgroups`), and from engines that tell of containers before these have any process. Engines are asked
in threads of their own.
"""

from __future__ import annotations

import functools
import re
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from pysysdig.capture.calls import COLLECT_PROCESSES, PLANS
from pysysdig.capture.engines import docker
from pysysdig.capture.engines.http import EngineError
from pysysdig.capture.engines.listening import Listener
from pysysdig.events.batch import EventBatch
from pysysdig.events.single import encode
from pysysdig.events.table import OLD, TYPES, load
from pysysdig.state.cgroups import CT_DOCKER, CT_PODMAN, match_container
from pysysdig.state.containers import MAX_CONTAINERS
from pysysdig.state.snapshot import Snapshot

SOCKETS = {CT_DOCKER: "/var/run/docker.sock", CT_PODMAN: "/run/podman/podman.sock"}
_USERS_SOCKET = "/run/user/{}/podman/podman.sock"
_ATTEMPTS, _PAUSE = 3, 0.4  # an engine may not know a container yet whose first process runs
_MAX_WAITING = 4096
_ASKING = 8  # questions at a time: docker keeps those about a container waiting while it starts it
_PATIENCE = 0.5  # seconds that events may wait for the answer about a container that is being created
# system calls that say in which cgroups a process is: clone, execve and relatives; and which parameter does
_START = sorted({plan.exit_type for plan in PLANS.values() if plan.program == COLLECT_PROCESSES})
CGROUPS = {t: load(OLD)[t].param_index("cgroups") for t in _START}
_IDENT = re.compile("[0-9a-f]{12}")
_OWNER = re.compile(r"/user\.slice/user-(\d{1,10})\.slice/")


class _Question(NamedTuple):
    ident: str
    type: int
    owner: int  # user id whose podman it is


def cgroup_items(data: bytes) -> list[str]:
    """`controller=path` texts of the parameter."""
    return data.removesuffix(b"\0").decode("latin-1").split("\0")


class ContainerWatch:
    """sockets: CT_* -> where the engine of this type listens. It is listened to from the start, and asked about what it has not
    told."""

    def __init__(self, sockets: dict[int, str]) -> None:
        self._sockets = sockets
        self._cgroups: set[bytes] = set()
        self._asked: dict[str, None] = {}  # the oldest first
        self._waiting: deque[_Question] = deque()
        self._known: deque[str] = deque()
        self._new: dict[str, float] = {}  # containers being created that were asked about -> until when that is waited for
        self._busy = 0
        self._closed = False
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._listeners = [Listener(path, functools.partial(self._hear, type_)) for type_, path in sockets.items()]

    def see_processes(self, snapshot: Snapshot) -> None:
        """Ask about the containers that run already."""
        for process in snapshot.processes:
            self._see(process.cgroups)

    def see(self, batch: EventBatch) -> None:
        """Ask about the containers that processes begin to run in."""
        for type_ in _START:
            positions = batch.positions(type_)
            if len(positions):
                for data in set(batch.raw(batch.spans(type_, positions), CGROUPS[type_])):
                    if data and data not in self._cgroups:
                        if len(self._cgroups) >= MAX_CONTAINERS:
                            self._cgroups.clear()
                        self._cgroups.add(data)
                        self._see(cgroup_items(data))

    def _see(self, cgroups: Iterable[str]) -> None:
        items = list(cgroups)
        found = match_container(items, OLD, live=True)
        if found is None or found.id in self._asked or found.type not in self._sockets or not _IDENT.fullmatch(found.id):
            return
        owner = next((int(m[1]) for m in map(_OWNER.search, items) if m), 0) if found.type == CT_PODMAN else 0
        self._ask_about(_Question(found.id, found.type, owner))

    def _hear(self, type_: int, ident: str, new: bool) -> None:
        """An engine tells of a container; new: whatever had this id before is gone."""
        self._ask_about(_Question(ident, type_, 0), again=new)

    def _ask_about(self, question: _Question, again: bool = False) -> None:
        with self._changed:
            if self._closed or len(self._waiting) >= _MAX_WAITING or (question.ident in self._asked and not again):
                return
            if len(self._asked) >= MAX_CONTAINERS:
                del self._asked[next(iter(self._asked))]
            self._asked[question.ident] = None
            self._waiting.append(question)
            if again:
                self._new[question.ident] = time.monotonic() + _PATIENCE
            self._changed.notify_all()
            if len(self._waiting) + self._busy > len(self._threads) < _ASKING:
                self._threads.append(threading.Thread(target=self._run, name="pysysdig-containers", daemon=True))
                self._threads[-1].start()

    def wait_for_new(self) -> None:
        """Wait until it is known what is being created, so that it is told before its first process. Docker answers only once it
        has started a container, unless it is asked at once."""
        with self._changed:
            while self._new:
                now = time.monotonic()
                self._new = {ident: until for ident, until in self._new.items() if until > now}
                if self._new:
                    self._changed.wait(min(self._new.values()) - now)

    def settle(self, seconds: float) -> None:
        """Wait until every engine is listened to and every question so far is answered, but not longer than this."""
        deadline = time.monotonic() + seconds
        for listener in self._listeners:
            listener.ready.wait(max(deadline - time.monotonic(), 0))
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._busy, max(deadline - time.monotonic(), 0))

    def take(self, num: int, ts: int) -> EventBatch | None:
        """Events about what has become known, with this time, numbered from `num`; None if there are none."""
        events = []
        while self._known:
            text = self._known.popleft().encode("utf-8", "replace")
            events.append(encode(ts, -1, TYPES["CONTAINER_JSON_2_E"], [text + b"\0"]))
        return EventBatch.of_encoded(events, num, name="live") if events else None

    def close(self) -> None:
        """End the threads; one that waits for an answer ends by itself."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for listener in self._listeners:
            listener.close()
        for thread in self._threads:
            thread.join(_PAUSE)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                question = self._waiting.popleft()
                self._busy += 1
            text = self._ask(question)
            with self._changed:
                if text is not None:
                    self._known.append(text)
                self._busy -= 1
                self._new.pop(question.ident, None)
                self._changed.notify_all()

    def _ask(self, question: _Question) -> str | None:
        path = _USERS_SOCKET.format(question.owner) if question.owner else self._sockets[question.type]
        for attempt in range(_ATTEMPTS):
            try:
                return docker.look_up(path, question.ident, question.type, question.owner)
            except EngineError as e:
                if self._closed or e.final or attempt == _ATTEMPTS - 1:
                    return None
            time.sleep(_PAUSE)
        return None
