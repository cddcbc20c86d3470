"""The machine whose state the handlers change: the tables, thread groups, parents, paths, the paired enter event."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pysysdig.events.batch import EventBatch
from pysysdig.events.table import CURRENT, OLD, TYPES
from pysysdig.state import paths
from pysysdig.state import threads as th
from pysysdig.state.accounts import Accounts
from pysysdig.state.containers import ContainerTable
from pysysdig.state.fdnumbers import NO_NUMBER
from pysysdig.state.fds import FdInfo, Interfaces
from pysysdig.state.levels import FD
from pysysdig.state.pairing import Pairs, belongs, quiet
from pysysdig.state.raw import BatchParams, Params, decode
from pysysdig.state.registry import handlers_of
from pysysdig.state.rows import GroupRow
from pysysdig.state.snapshot import Snapshot
from pysysdig.state.tables import MAX_THREADS, Fds, Threads
from pysysdig.state.threads import ThreadInfo

Ints = npt.NDArray[np.int64]
Handler = Callable[[int, ThreadInfo | None, Params], None]

_CLOSE_X = TYPES["SYSCALL_CLOSE_X"]


class Group(GroupRow):
    """A thread group (process): its members in order, how many are alive, whether it adopts orphans."""

    __slots__ = ()

    def __init__(self, reaper: bool) -> None:
        self.members: dict[int, None] = {}
        self.alive = 0
        self.reaper = reaper


class Machine:
    """The state of the machine while the events of a batch are handled: threads, descriptors, who belongs together.

    snapshot     what was known before the first event
    generation   events.table.OLD or CURRENT
    level        state.levels EVENT, THREAD or FD: how much to keep up to date
    groups       process id -> its threads
    children     thread id -> ids of its children, in order
    closing      (table, descriptor) between enter and exit of a close; survivors: created while such a close was under way
    carried      thread slot -> encoded enter event of an earlier batch
    queue        positions of events, ascending, whose threads become known with them

    Of the batch at hand:

    numbers      by position: descriptor number that replaces the enter event's, or NO_NUMBER
    chosen       by position: descriptor row that the event points at, or UNCHOSEN
    fdnum        by position: the descriptor number found beforehand
    slots        by position: slot of the thread
    """

    tids: Ints
    slots: Ints
    params: BatchParams
    pairs: Pairs
    numbers: Ints
    fdnum: Ints
    chosen: npt.NDArray[np.int32]
    batch: EventBatch

    def __init__(self, snapshot: Snapshot, generation: str, level: int) -> None:
        self.snapshot = snapshot
        self.generation = generation
        self.level = level
        self.current_generation = generation == CURRENT
        self.with_fds = level >= FD
        self.threads = Threads()
        self.fds = Fds()
        self.groups: dict[int, Group] = {}
        self.children: dict[int, dict[int, None]] = {}
        self.closing: set[tuple[int, int]] = set()
        self.survivors: set[tuple[int, int]] = set()
        self.accounts = Accounts(snapshot)
        self.interfaces = Interfaces(snapshot)
        self.containers = ContainerTable(generation, snapshot.live, snapshot.everyone)
        self.carried: dict[int, tuple[bytes, int]] = {}
        self.queue: list[int] = []
        self.makes_thread = ~quiet(generation)  # by event type: an unknown thread becomes a placeholder
        self.num = 0  # event number being processed
        # threads that ended lately, made by their own events: when (ns); their makers' may come yet. None: no matter
        self.ended: dict[int, int] | None = {} if snapshot.live else None

    def thread(self, tid: int, pos: int) -> ThreadInfo:
        """The thread, as a placeholder if it was not known."""
        t = self.threads.current.get(tid)
        if t is None:
            t = th.placeholder(tid)
            if self.with_fds:
                t.files = self.fds.new_table()
            self.threads.create(t, pos)
        return t

    def add_thread(self, t: ThreadInfo, pos: int) -> None:
        """A thread with known identity: join its group and parent, enter the table."""
        if len(self.threads.current) >= MAX_THREADS:
            return
        if t.files < 0 and not t.flags & th.CL_CLONE_FILES:
            t.files = self.fds.new_table()
        self.link(t, pos)
        self.threads.create(t, pos)

    def link(self, t: ThreadInfo, pos: int) -> None:
        """Group and parent of a new thread; a parent that is not known becomes 0."""
        if t.invalid:
            return
        group = self.groups.get(t.pid)
        if group is None:
            group = self.groups[t.pid] = Group(t.pid == 1 or t.vpid == 1)
        group.members[t.tid] = None
        group.alive += 1
        if t.is_main and len(group.members) > 1:  # the leader is the first
            group.members = {t.tid: None, **group.members}
        self.group_changed(t.pid, pos)
        if t.pid == 1:
            return
        parent = self.threads.current.get(t.ptid)
        if parent is None or parent.invalid:
            t.ptid = 0
            return
        self.children.setdefault(parent.tid, {})[t.tid] = None

    def group_changed(self, pid: int, pos: int) -> None:
        """Called whenever the number of live threads of a process changed."""

    def join_group(self, t: ThreadInfo, pos: int) -> None:
        """A placeholder got its identity."""
        group = self.groups.get(t.pid)
        if group is None or t.tid not in group.members:
            self.link(t, pos)

    def main_of(self, t: ThreadInfo) -> ThreadInfo | None:
        """The leader of the thread's process, None if it is not known."""
        if t.is_main:
            return t
        group = self.groups.get(t.pid)
        if group is None or t.tid not in group.members:
            return None
        main = self.threads.current.get(next(iter(group.members)))
        return main if main is not None and main.is_main else None

    def files_of(self, t: ThreadInfo) -> int:
        """Number of the descriptor table the thread uses, -1 none."""
        if not t.flags & th.CL_CLONE_FILES:
            return t.files
        main = self.main_of(t)
        return main.files if main is not None else -1

    def revive(self, t: ThreadInfo, pos: int) -> None:
        """A leader thought dead runs again (execve by another thread of its group)."""
        t.alive = True
        group = self.groups.get(t.pid)
        if group is not None:
            group.alive += 1
            self.group_changed(t.pid, pos)

    def remove_thread(self, tid: int, pos: int) -> None:
        """The thread ended: hand over its children; a leader stays until the last of its group is gone."""
        t = self.threads.current.get(tid)
        if t is None:
            return
        group = self.groups.get(t.pid)
        if t.invalid or group is None or tid not in group.members:
            self._forget_child(t)
            self._erase(tid, pos)
            return
        if t.alive:  # its exit was not seen
            group.alive -= 1
            t = self.threads.modify(t, pos)
            t.alive = False
            self.group_changed(t.pid, pos)
        if self.children.get(tid):
            self._reparent(t, pos)
        if group.alive <= 0:
            main = self.main_of(t)
            self._forget_child(main or t)
            self.groups.pop(t.pid, None)
            self._erase(t.pid, pos)
        if not t.is_main:
            group.members.pop(tid, None)
            self._forget_child(t)
            self._erase(tid, pos)

    def _erase(self, tid: int, pos: int) -> None:
        t = self.threads.current.get(tid)
        if t is None:
            return
        if not t.flags & th.CL_CLONE_FILES:
            self.fds.drop_table(t.files)
        self.threads.remove(tid, pos)
        self.touched_after(tid, pos)

    def touched_after(self, tid: int, pos: int) -> None:
        """A removed thread's id may occur again in this batch."""
        slot = self.threads.slots.slot(tid)
        if not 0 <= slot < len(self.last) or self.last[slot] <= pos:
            return
        later = pos + 1 + np.flatnonzero(self.slots[pos + 1 :] == slot)
        later = later[self.makes_thread[self.batch.type[later]]]
        if len(later):
            insort(self.queue, int(later[0]))

    @cached_property
    def last(self) -> Ints:
        """By thread slot: position of the last event of the batch for which an unknown thread becomes a placeholder, -1 none."""
        at = np.flatnonzero(self.makes_thread.take(self.batch.type) & (self.slots >= 0))
        out = np.full(int(self.slots.max(initial=-1)) + 1, -1, np.int64)
        out[self.slots[at]] = at  # of equal slots the last one counts
        return out

    @cached_property
    def failed(self) -> set[int]:
        """Positions of closes that did not succeed: the most frequent events of the loop do without decoded parameters."""
        pos = self.batch.positions(_CLOSE_X)
        values, valid = self.batch.first(_CLOSE_X, pos)
        return set(pos[~valid | (values < 0)].tolist())

    def _forget_child(self, t: ThreadInfo) -> None:
        siblings = self.children.get(t.ptid)
        if siblings is not None:
            siblings.pop(t.tid, None)
            if not siblings:  # as many threads have had children as there are ids
                del self.children[t.ptid]

    def _reparent(self, t: ThreadInfo, pos: int) -> None:
        reaper: ThreadInfo | None = None
        if t.reaper > 0:
            reaper = self.thread(t.reaper, pos)
        if reaper is None or reaper.invalid:
            reaper = self._find_reaper(t)
        if reaper is not None and reaper.pid != t.pid:
            group = self.groups.get(reaper.pid)
            if group is not None:
                group.reaper = True
        orphans = self.children.pop(t.tid, {})
        new_parent = reaper.tid if reaper is not None and reaper.tid != t.tid else 0
        for tid in orphans:
            child = self.threads.current.get(tid)
            if child is not None:
                self._adopt(child, new_parent, pos)
        if new_parent:
            self.children.setdefault(new_parent, {}).update(orphans)

    def _adopt(self, child: ThreadInfo, parent: int, pos: int) -> None:
        """The child's parent changes once this event is over."""
        new = child.copy()
        new.ptid = parent
        self.threads.put_after(new, pos)

    def _find_reaper(self, t: ThreadInfo) -> ThreadInfo | None:
        """Who inherits the children: a live thread of the group, else the nearest adopting ancestor."""
        group = self.groups.get(t.pid)
        if group is not None and group.alive > 0:
            for tid in group.members:
                other = self.threads.current.get(tid)
                if other is not None and other.alive and tid != t.tid:
                    return other
        seen = {t.tid}
        parent = self.threads.current.get(t.ptid)
        while parent is not None and parent.tid not in seen:
            seen.add(parent.tid)
            if parent.in_pid_namespace != t.in_pid_namespace:
                return None
            group = self.groups.get(parent.pid)
            if group is not None and group.reaper and group.alive > 0:
                for tid in group.members:
                    other = self.threads.current.get(tid)
                    if other is not None and other.alive:
                        return other
            parent = self.threads.current.get(parent.ptid)
        return None

    # paths

    def cwd(self, t: ThreadInfo) -> str:
        """Current directory of the thread's process, with its trailing slash."""
        main = self.main_of(t)
        return main.cwd if main is not None else "./"

    def join(self, base: str, path: str) -> str:
        """`path` made absolute against `base`."""
        return paths.concatenate(base, path, self.current_generation)

    def dirfd_base(self, t: ThreadInfo, name: str, dirfd: int) -> str:
        """The directory a relative `name` starts from."""
        if name.startswith("/"):
            return "."
        if dirfd == -100:
            return self.cwd(t)
        info = self.fds.get(self.files_of(t), dirfd)
        if info is None:
            return "<UNKNOWN>"
        if not self.current_generation:
            return info.name + "/"  # whatever the name ends in
        return paths.directory_base(info.name) if info.name else ""

    # the event at hand

    def now(self, pos: int) -> int:
        """Time of the event at `pos`, ns."""
        return int(self.batch.ts_of(np.array([pos]))[0])

    def enter_params(self, pos: int) -> Params | None:
        """Parameters of the enter event that the exit at `pos` is paired with, None if there is none."""
        if self.with_fds:
            if not self.pairs.valid.item(pos):
                return None
            enter = self.pairs.enter.item(pos)
            if enter >= 0:
                return self.params[enter]
        kept = self.carried.get(int(self.slots[pos]))
        if kept is None:
            return None
        p = decode(memoryview(kept[0]), 0, kept[1])
        return p if self.with_fds or belongs(int(self.batch.type[pos]), p.type) else None

    def fd_number(self, pos: int) -> int:
        """The descriptor number the event at `pos` works on, -1 none."""
        got = self.numbers.item(pos)
        return self.fdnum.item(pos) if got == NO_NUMBER else got

    def event_fd(self, pos: int, t: ThreadInfo | None) -> FdInfo | None:
        """The descriptor that the exit event at `pos` works on, as of now; in captures of enter and exit events only if
        its enter event belongs to it."""
        if t is None or not self.with_fds or not (self.current_generation or self.pairs.valid.item(pos)):
            return None
        return self.fds.get(self.files_of(t), self.fd_number(pos))

    def find_container_at(self, t: ThreadInfo, pos: int) -> None:
        """The container that the event at `pos` puts a thread into."""
        self.num = self.batch.num.item(pos)
        self.find_container(t)

    def find_container(self, t: ThreadInfo) -> None:
        """The container id from the thread's cgroups; "" on the host."""
        t.container_id = self.containers.assign(t.cgroups, self.num, t.root, t.env)


class Handlers:
    """Handlers of some kinds of events: each is told position, thread (None: the event has none) and parameters, and changes the
    state of the machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.threads = machine.threads
        self.fds = machine.fds
        self.current_generation = machine.current_generation

    def given(self, p: Params, i: int) -> bool:
        """Whether parameter `i` says anything: the current libraries take an empty one as not recorded."""
        return not self.current_generation or p.size(i) > 0

    def table(self) -> dict[int, Handler]:
        """Event type -> handler, those registered with `on`."""
        return handlers_of(self, CURRENT if self.current_generation else OLD)
