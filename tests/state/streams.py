"""Events of a few processes, one after the other, and what is known at each of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pysysdig.events import build as ev
from pysysdig.events.table import OLD
from pysysdig.state import build as st
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import ORDERS
from pysysdig.state.view import EventView

STEP = 1_000


class Stream:
    """Collects events and runs them through an Inspector."""

    def __init__(self, *processes: Any, generation: str = OLD) -> None:
        self.events: list[ev.Event] = []
        self.generation = generation
        interfaces = [st.interface("lo", "127.0.0.1", 8), st.interface("eth0", "192.0.2.2", 24)]
        self.snapshot = st.snapshot(*processes, interfaces=interfaces)
        self._now = 1_000_000

    def add(self, name: str, tid: int, params: Iterable[Any] = ()) -> int:
        """Append an event; its position."""
        self._now += STEP
        self.events.append(ev.event(name, self._now, tid, list(params)))
        return len(self.events) - 1

    def wait(self, ns: int) -> None:
        """Let time pass."""
        self._now += ns

    def call(self, name: str, tid: int, enter: Iterable[Any], exit_: Iterable[Any]) -> int:
        """Append an enter and an exit event; the position of the exit."""
        self.add(f"{name}_E", tid, enter)
        return self.add(f"{name}_X", tid, exit_)

    def open(self, tid: int, fd: int, path: str, flags: int = 1, dirfd: int = -100) -> int:
        return self.call("SYSCALL_OPENAT_2", tid, [dirfd, path, flags, 0], [fd, dirfd, path, flags, 0, 0, 0])

    def clone(self, parent: int, child: int, flags: int = 0, pid: int | None = None) -> int:
        self.add("SYSCALL_CLONE_20_E", parent)
        pid = parent if pid is None else pid
        return self.add(
            "SYSCALL_CLONE_20_X",
            parent,
            [child, "sh", b"-c\0", parent, pid, 1, "/", 1024, 0, 0, 1, 2, 3, "sh", b"cpu=/\0", flags, 0, 0, parent, pid, 0],
        )

    def exit(self, tid: int, reaper: int = 0) -> int:
        return self.add("PROCEXIT_1_E", tid, [0, 0, 0, 0, reaper])

    def run(self) -> EventView:
        return Inspector(self.snapshot, self.generation, ORDERS).process(ev.batch(self.events))


def fd_name(view: EventView, pos: int) -> str | None:
    row = int(view.fd[pos])
    return view.fds.rows[row].name if row >= 0 else None


def thread(view: EventView, pos: int) -> Any:
    return view.threads.rows[int(view.thread[pos])]
