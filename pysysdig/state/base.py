"""What the handlers of state changes share: the tables, thread groups, parents, paths, the paired enter event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.state import paths
from pysysdig.state import threads as th
from pysysdig.state.accounts import Accounts
from pysysdig.state.fds import FdInfo, Interfaces
from pysysdig.state.pairing import Pairing, Pairs
from pysysdig.state.raw import BatchParams, Params
from pysysdig.state.rows import GroupRow
from pysysdig.state.snapshot import Snapshot
from pysysdig.state.tables import MAX_THREADS, Fds, Threads
from pysysdig.state.threads import ThreadInfo

Handler = Callable[[int, ThreadInfo | None, Params], None]


class Group(GroupRow):
    """A thread group (process): its members in order, how many are alive, whether it adopts orphans."""

    __slots__ = ()

    def __init__(self, reaper: bool) -> None:
        self.members: dict[int, None] = {}
        self.alive = 0
        self.reaper = reaper


class Base:
    """State shared by all handlers; see Inspector."""

    snapshot: Snapshot
    current_generation: bool
    with_fds: bool
    threads: Threads
    fds: Fds
    groups: dict[int, Group]
    children: dict[int, dict[int, None]]  # tid -> tids of its children, in order
    closing: set[tuple[int, int]]  # (table, descriptor) between enter and exit of a close
    survivors: set[tuple[int, int]]  # created while such a close was under way
    accounts: Accounts
    interfaces: Interfaces
    pairing: Pairing
    # of the batch being processed
    tids: npt.NDArray[np.int64]
    params: BatchParams
    pairs: Pairs
    numbers: npt.NDArray[np.int64]  # by position: descriptor number that replaces the enter event's, or NO_NUMBER
    chosen: npt.NDArray[np.int32]  # by position: descriptor row that the event points at, or UNCHOSEN
    failed: Any  # cached_property: set of the positions of close exits that did not succeed
    carried: dict[int, tuple[bytes, int]]  # thread slot -> encoded enter event of an earlier batch

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
        """Called when a thread is removed: later events of the same id make a placeholder."""
        raise NotImplementedError

    def _forget_child(self, t: ThreadInfo) -> None:
        siblings = self.children.get(t.ptid)
        if siblings is not None:
            siblings.pop(t.tid, None)

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

    # the enter event

    def enter_params(self, pos: int) -> Params | None:
        """Parameters of the enter event that the exit at `pos` is paired with, None if there is none."""
        raise NotImplementedError

    def now(self, pos: int) -> int:
        """Time of the event at `pos`, ns."""
        raise NotImplementedError

    def fd_number(self, pos: int) -> int:
        """The descriptor number the event at `pos` works on, -1 none."""
        raise NotImplementedError

    def event_fd(self, pos: int, t: ThreadInfo | None) -> FdInfo | None:
        """The descriptor that the exit event at `pos` works on, as of now; in captures of enter and exit events only if
        its enter event belongs to it."""
        if t is None or not self.with_fds or not (self.current_generation or self.pairs.valid.item(pos)):
            return None
        return self.fds.get(self.files_of(t), self.fd_number(pos))

    def find_container(self, t: ThreadInfo) -> None:
        """Set the thread's container id from its cgroups."""
        raise NotImplementedError
