"""ContainerWatch: finds the containers that processes run in, asks their engines about them, and makes container events of it.

Ids come from cgroups (`state.cgroups`). Engines are asked in a thread of its own, one question at a time.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from pysysdig.capture import engines
from pysysdig.capture.calls import COLLECT_PROCESSES, PLANS
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
    """sockets: CT_* -> where the engine of this type listens. There is no thread before there is a container."""

    def __init__(self, sockets: dict[int, str]) -> None:
        self._sockets = sockets
        self._cgroups: set[bytes] = set()
        self._asked: set[str] = set()
        self._waiting: deque[_Question] = deque()
        self._known: deque[str] = deque()
        self._busy = False
        self._closed = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

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
        with self._changed:
            if len(self._asked) >= MAX_CONTAINERS or len(self._waiting) >= _MAX_WAITING:
                return
            self._asked.add(found.id)
            self._waiting.append(_Question(found.id, found.type, owner))
            self._changed.notify_all()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="pysysdig-containers", daemon=True)
            self._thread.start()

    def settle(self, seconds: float) -> None:
        """Wait until every question so far is answered, but not longer than this."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._busy, seconds)

    def take(self, num: int, ts: int) -> EventBatch | None:
        """Events about what has become known, with this time, numbered from `num`; None if there are none."""
        events = []
        while self._known:
            text = self._known.popleft().encode("utf-8", "replace")
            events.append(encode(ts, -1, TYPES["CONTAINER_JSON_2_E"], [text + b"\0"]))
        return EventBatch.of_encoded(events, num, name="live") if events else None

    def close(self) -> None:
        """End the thread; one that waits for an answer ends by itself."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_PAUSE)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                question = self._waiting.popleft()
                self._busy = True
            text = self._ask(question)
            if text is not None:
                self._known.append(text)

    def _ask(self, question: _Question) -> str | None:
        path = _USERS_SOCKET.format(question.owner) if question.owner else self._sockets[question.type]
        for attempt in range(_ATTEMPTS):
            try:
                return engines.look_up(path, question.ident, question.type, question.owner)
            except engines.EngineError as e:
                if self._closed or e.final or attempt == _ATTEMPTS - 1:
                    return None
            time.sleep(_PAUSE)
        return None
