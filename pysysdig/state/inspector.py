"""The Inspector: consumes batches in order and keeps threads, descriptors, accounts and containers up to date."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique, unique_first
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import CURRENT, EC_METAEVENT, EC_SYSCALL, N_TYPES, TYPES, USES_FD, load
from pysysdig.fields.registry import COUNTERS, FD
from pysysdig.state import fds as fd_model
from pysysdig.state import snapshot as sn
from pysysdig.state import threads as th
from pysysdig.state.accounts import Accounts
from pysysdig.state.base import Group, Handler
from pysysdig.state.containers import ContainerTable
from pysysdig.state.descriptors import F_DUPFD, F_DUPFD_CLOEXEC, F_SETFD, FdHandlers
from pysysdig.state.history import History
from pysysdig.state.pairing import Pairing, belongs, quiet, threadless
from pysysdig.state.processes import CLONE_EXITS, ProcessHandlers
from pysysdig.state.raw import NO_PARAMS, BatchParams, Params, decode
from pysysdig.state.snapshot import Snapshot
from pysysdig.state.sockets import SocketHandlers
from pysysdig.state.tables import Fds, Threads
from pysysdig.state.threads import ThreadInfo
from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]

_FIRST_FD_E = {TYPES["SYSCALL_MMAP_E"]: 4, TYPES["SYSCALL_MMAP2_E"]: 4, TYPES["SYSCALL_SPLICE_E"]: 1}
_CLOSE_X = TYPES["SYSCALL_CLOSE_X"]
_BARE = frozenset((_CLOSE_X - 1, _CLOSE_X))  # their handlers need no parameters
_FCNTL_X = TYPES["SYSCALL_FCNTL_X"]
_COPY_FILE_RANGE_X = TYPES["SYSCALL_COPY_FILE_RANGE_X"]
_TRAFFIC = tuple(
    TYPES[f"SOCKET_{n}"] for n in ("SENDTO_E", "SENDTO_X", "RECVFROM_X", "SENDMSG_X", "RECVMSG_X", "SEND_X", "RECV_X")
)
# exit events that may put a descriptor into a table
_MAKERS = frozenset(
    TYPES[n]
    for n in TYPES
    if n.endswith("_X") and (n.startswith(("SYSCALL_OPEN", "SYSCALL_CREAT_", "SYSCALL_DUP", "SYSCALL_PIPE", "SYSCALL_FCNTL",
        "SYSCALL_PIDFD", "SYSCALL_MEMFD", "SYSCALL_EVENTFD", "SYSCALL_SIGNALFD", "SYSCALL_TIMERFD_CREATE", "SYSCALL_INOTIFY_INIT",
        "SYSCALL_EPOLL_CREATE", "SYSCALL_BPF", "SYSCALL_USERFAULTFD", "SYSCALL_IO_URING_SETUP", "SOCKET_SOCKET", "SOCKET_ACCEPT",
        "SOCKET_CONNECT", "SOCKET_BIND")))
)  # fmt: skip
# enter events whose parameters their exit events need
_KEPT = frozenset(
    TYPES[n]
    for n in (
        "SYSCALL_OPEN_E", "SYSCALL_CREAT_E", "SYSCALL_OPENAT_E", "SYSCALL_OPENAT_2_E", "SYSCALL_OPENAT2_E",
        "SOCKET_SOCKET_E", "SOCKET_SENDTO_E", "SOCKET_SENDMSG_E", "SYSCALL_EXECVE_18_E", "SYSCALL_EXECVE_19_E",
        "SYSCALL_EXECVEAT_E", "SYSCALL_FCNTL_E", "SYSCALL_SETUID_E", "SYSCALL_SETGID_E", "SYSCALL_SETRESUID_E",
        "SYSCALL_SETRESGID_E", "SYSCALL_PRLIMIT_E", "SYSCALL_SETRLIMIT_E", "SYSCALL_GETRLIMIT_E", "SYSCALL_UNSHARE_E",
        "SYSCALL_SETNS_E", "SOCKET_CONNECT_E", "SYSCALL_SENDFILE_E", "SYSCALL_LINK_E", "SYSCALL_LINKAT_E",
        "SYSCALL_MKDIR_E", "SYSCALL_RMDIR_E", "SYSCALL_UNLINK_E", "SYSCALL_UNLINKAT_E",
    )
)  # fmt: skip

# by event type: events made in user space, from which times do not count
_META = np.array([bool(info.category & EC_METAEVENT) for info in load(CURRENT)] + [False])


def _enters() -> npt.NDArray[np.bool_]:
    """bool by event type: system calls' enter events, which captures of exit events do without."""
    out = np.zeros(N_TYPES, bool)
    for info in load(CURRENT):
        out[info.type] = not info.type & 1 and bool(info.category & EC_SYSCALL)
    return out


_ENTERS = _enters()


def _exit_fd_locations() -> dict[int, int]:
    """Which parameter of an exit event of current captures is its descriptor."""
    out = {}
    for info in load(CURRENT):
        if info.flags & USES_FD and info.type & 1:
            names = [q.name for q in info.params]
            for name in ("fd", "oldfd", "dirfd", "fdout", "fd_out", "out_fd", "linkdirfd"):
                if name in names:
                    out[info.type] = names.index(name)
                    break
    return out


_EXIT_FD = _exit_fd_locations()


class Inspector(ProcessHandlers, FdHandlers, SocketHandlers):
    """State of one capture section.

    snapshot     what was known before the first event
    generation   events.table.OLD or CURRENT
    level        fields.registry EVENT, THREAD or FD: how much to keep up to date
    """

    def __init__(self, snapshot: Snapshot, generation: str, level: int = FD) -> None:
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
        self.interfaces = fd_model.Interfaces(snapshot.interfaces)
        self.containers = ContainerTable(generation, snapshot.live)
        self.resolve_ports = False
        self.history = History(self) if level >= COUNTERS else None
        self.fds.keep_log = level >= COUNTERS
        self.pairing = Pairing(generation)
        self.carried: dict[int, tuple[bytes, int]] = {}
        self._closing: dict[int, tuple[bytes, int] | None] = {}  # what `carried` becomes with the next batch
        self.first_ts = 0
        self._num = 0  # event number being processed
        self._last_fd: Ints = np.full(1024, -1, np.int64)
        self._queue: list[int] = []
        self.handlers: dict[int, Handler] = dict(self.process_handlers())
        if self.with_fds:
            self.handlers.update(self.fd_handlers())
            self.handlers.update(self.socket_handlers())
        for name, handler in {
            "USER_ADDED_E": self.on_user, "USER_DELETED_E": self.on_user,
            "GROUP_ADDED_E": self.on_group, "GROUP_DELETED_E": self.on_group,
            "CONTAINER_JSON_E": self.on_container, "CONTAINER_JSON_2_E": self.on_container,
            "CONTAINER_E": self.on_plain_container,
        }.items():  # fmt: skip
            self.handlers[TYPES[name]] = handler
        if not self.with_fds:
            self.handlers.update(dict.fromkeys((t for t in _KEPT if t + 1 in self.handlers), self.on_kept_enter))
        self._is_state = np.zeros(65536, bool)
        self._is_state[list(self.handlers)] = True
        self._makes_thread = ~quiet(generation)
        self._makes_thread[[*CLONE_EXITS, TYPES["PROCEXIT_E"], TYPES["PROCEXIT_1_E"]]] = False
        self._load()

    # the snapshot

    def _load(self) -> None:
        ports = set()
        loaded = []
        for entry in self.snapshot.processes:
            t = th.from_entry(entry)
            if t.is_main:
                cwd = self.join("", entry.cwd)
                t.cwd = cwd if cwd.endswith("/") else cwd + "/"
            else:
                t.env = ()
            t.flags |= th.CL_ACTIVE
            self.find_container(t)
            t.files = self.fds.new_table()
            self.threads.put(t, -1)
            loaded.append((t, entry))
            if self.with_fds:
                for e in entry.fds:
                    info = fd_model.from_entry(e)
                    if info is None:
                        continue
                    if info.is_tuple:
                        self.interfaces.complete(info)
                        info.name = fd_model.plain_tuple(info)
                    elif info.is_ip:
                        ports.add(info.sport)
                    self.fds.put(t.files, e.fd, info, -1)
        for t, _ in loaded:
            if self.threads.current.get(t.tid) is t:
                self.link(t, -1)
        for t, _ in loaded:
            for _, info in self.fds.items(t.files):
                if info.type == sn.FD_IPV4_SOCK:
                    self._orient(info, ports)
        if self.history is not None:
            self.history.start()
        self.threads.commit()
        self.fds.commit()

    def _orient(self, info: fd_model.FdInfo, server_ports: set[int]) -> None:
        """A connection from the descriptor list whose own port is a listening one is a server's."""
        if info.sport in server_ports:
            fd_model.swap_ends(info)
            info.name = fd_model.plain_tuple(info)
            info.role = fd_model.ROLE_SERVER
        else:
            info.role = fd_model.ROLE_CLIENT

    # batches

    def process(self, batch: EventBatch) -> EventView:
        """Apply the state changes of the next batch; the view of what its events see."""
        self.threads.begin()
        self.fds.begin()
        for slot, kept in self._closing.items():
            if kept is None:
                self.carried.pop(slot, None)
            else:
                self.carried[slot] = kept
        self._closing.clear()
        types, self.tids = batch.type, batch.tid
        if not self.first_ts and len(batch):
            counted = np.flatnonzero((batch.ts > 0) & ~_META[np.minimum(types, N_TYPES)])
            self.first_ts = int(batch.ts[counted[0]]) if len(counted) else 0
        self.params = BatchParams(batch)
        self.numbers, self.chosen = {}, {}
        slots = self.threads.slots.assign(self.tids)
        self.threads.timeline.reserve(int(slots.max(initial=0)) + 1)
        if self.with_fds:
            alone = self.current_generation and not _ENTERS[batch.types()].any()
            self.pairs = self.pairing.skip(len(batch)) if alone else self.pairing.process(types, slots, batch.ts)
        self._batch, self._slots = batch, slots
        self.fdnum = self._fd_numbers(batch, types, slots) if self.with_fds else np.zeros(0, np.int64)
        self._run(types, slots)
        if self.history is not None:
            self.history.feed(batch)
        self.threads.commit()
        self.fds.commit()
        if self.with_fds:
            self._fix_births(types, slots)
            self._carry(batch, types)
        return EventView(self, batch, slots)

    def _run(self, types: npt.NDArray[Any], slots: Ints) -> None:
        """Run the handlers in order, and make placeholders for unknown threads."""
        state = self._is_state[types]
        if self.with_fds:
            self._skip_plain_fcntl(types, state)
            self._skip_settled_traffic(types, slots, state)
            self._note_closes()
        positions = np.flatnonzero(state).tolist()
        self._queue = self._first_sights(types, slots)
        queue = self._queue
        current = self.threads.current
        handlers = self.handlers
        no_thread = threadless(self.generation)
        tids, nums = self.tids, self._batch.num
        kinds = types[positions].tolist() if positions else []
        for pos, kind in zip(positions, kinds):
            while queue and queue[0] <= pos:
                self._sight(heapq.heappop(queue))
            tid = int(tids[pos])
            self._num = int(nums[pos])
            thread = None if no_thread[kind] else current.get(tid)
            handlers[kind](pos, thread, NO_PARAMS if kind in _BARE else self.params[pos])
        while queue:
            self._sight(heapq.heappop(queue))

    def _first_sights(self, types: npt.NDArray[Any], slots: Ints) -> list[int]:
        """Positions of the first event of each thread that is not known at the start of the batch."""
        unknown = np.flatnonzero((self.threads.timeline.current[slots] < 0) & self._makes_thread[types] & (slots >= 0))
        if not len(unknown):
            return []
        first = unique_first(slots[unknown])[1]
        return sorted(unknown[first].tolist())

    def _sight(self, pos: int) -> None:
        self.thread(int(self.tids[pos]), pos)

    def touched_after(self, tid: int, pos: int) -> None:
        """A removed thread's id may occur again in this batch."""
        later = np.flatnonzero((self.tids[pos + 1 :] == tid) & self._makes_thread[self._batch.type[pos + 1 :]])
        if len(later):
            heapq.heappush(self._queue, pos + 1 + int(later[0]))

    def _skip_settled_traffic(self, types: npt.NDArray[Any], slots: Ints, state: npt.NDArray[np.bool_]) -> None:
        """Traffic on named TCP sockets changes nothing: keep it out of the loop.

        Only where the descriptor was such a socket at the start of the batch and its number is not created anew.
        """
        at = np.flatnonzero(np.isin(types, _TRAFFIC))
        if len(at) < 64:
            return
        rows = self.threads.timeline.current[slots[at]]
        files = self.threads.number(rows, "files", self.files_of).values
        fds = self.fdnum[at]
        current = self.fds.timeline.current
        fd_slots = self.fds.slots(files, fds)
        fd_rows = np.where(fd_slots >= 0, current[np.maximum(fd_slots, 0)], -1)
        settled = self.fds.number(fd_rows, "tcp", lambda d: d.is_settled_tcp, np.bool_).values
        settled = settled & (fd_rows >= 0) & (rows >= 0)
        settled &= ~np.isin(fds, self._created(state))
        state[at[settled]] = False

    def _skip_plain_fcntl(self, types: npt.NDArray[Any], state: npt.NDArray[np.bool_]) -> None:
        """Only few commands of fcntl change a descriptor."""
        kind = _FCNTL_X if self.current_generation else _FCNTL_X - 1
        pos = self._batch.positions(kind)
        if not len(pos):
            return
        spans = self._batch.spans(kind, pos)
        index = 2 if self.current_generation else 1
        cmd = self._batch.fixed(spans, index, "ENUMFLAGS8")[0]
        commands = np.zeros(len(types), np.int64)
        commands[pos] = cmd
        exits = pos if self.current_generation else self._batch.positions(_FCNTL_X)
        if not self.current_generation:
            enter = self.pairs.enter[exits]
            commands[exits] = np.where(enter >= 0, commands[np.maximum(enter, 0)], F_DUPFD)
        wanted = (F_DUPFD, F_DUPFD_CLOEXEC, F_SETFD) if self.current_generation else (F_DUPFD, F_DUPFD_CLOEXEC)
        state[exits[~np.isin(commands[exits], wanted)]] = False

    def _note_closes(self) -> None:
        """Which closes succeeded: the most frequent events of the loop do without decoded parameters."""
        pos = self._batch.positions(_CLOSE_X)
        values, valid = self._batch.first(_CLOSE_X, pos)
        self.failed = set(pos[~valid | (values < 0)].tolist())

    def _created(self, state: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Descriptor numbers that calls of this batch may have created (whatever the process)."""
        out = [np.zeros(0, np.int64)]
        for kind in self._batch.types():
            if kind in _MAKERS:
                pos = self._batch.positions(kind)
                pos = pos[state[pos]]
                spans = self._batch.spans(kind, pos)
                for i in range(min(len(spans.start), 3)):
                    values, valid = self._batch.fixed(spans, i, "FD")
                    out.append(values[valid])
        return unique(np.concatenate(out))

    # enter events and time

    def now(self, pos: int) -> int:
        """Time of the event at `pos`, ns."""
        return int(self._batch.ts[pos])

    def on_kept_enter(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """Below level FD events are not paired at large: enter events that their exits need are kept one by one."""
        self.carried[int(self._slots[pos])] = self.params.encoded(pos)

    def enter_params(self, pos: int) -> Params | None:
        """Parameters of the enter event that the exit at `pos` is paired with, None if there is none."""
        if self.with_fds:
            if not self.pairs.valid[pos]:
                return None
            enter = int(self.pairs.enter[pos])
            if enter >= 0:
                return self.params[enter]
        kept = self.carried.get(int(self._slots[pos]))
        if kept is None:
            return None
        p = decode(memoryview(kept[0]), 0, kept[1])
        return p if self.with_fds or belongs(int(self._batch.type[pos]), p.type) else None

    # descriptor numbers

    def fd_number(self, pos: int) -> int:
        """The descriptor number the event at `pos` works on, -1 none."""
        got = self.numbers.get(pos)
        return int(self.fdnum[pos]) if got is None else got

    def _fd_numbers(self, batch: EventBatch, types: npt.NDArray[Any], slots: Ints) -> Ints:
        """The number each event works on: an enter event's parameter, for exits that of their enter event."""
        n = len(types)
        out = np.full(n, -1, np.int64)
        present = batch.types()
        for kind in present:
            info = load(self.generation)[kind] if kind < N_TYPES else None
            if info is None or kind & 1 or not info.flags & USES_FD:
                continue
            pos = batch.positions(kind)
            index = _FIRST_FD_E.get(kind, 0) if self.current_generation else 0
            got = batch.fixed(batch.spans(kind, pos), index, "FD") if index else batch.first(kind, pos)
            out[pos] = np.where(*_masked(got))
        pairs = self.pairs
        exits = np.flatnonzero((types & 1).astype(bool) & ~quiet(self.generation)[types] & (slots >= 0))
        enter = pairs.enter[exits]
        s = slots[exits]
        self._reserve_last(int(slots.max(initial=0)) + 1)
        out[exits] = np.where(enter >= 0, out[np.maximum(enter, 0)], self._last_fd[s])
        if self.current_generation:
            out[exits[~pairs.valid[exits]]] = -1
            for kind, index in _EXIT_FD.items():
                if kind in present:
                    pos = batch.positions(kind)
                    pos = pos[out[pos] == -1]
                    out[pos] = np.where(*_masked(batch.fixed(batch.spans(kind, pos), index, "FD")))
        elif _COPY_FILE_RANGE_X in present:
            pos = batch.positions(_COPY_FILE_RANGE_X)
            out[pos] = np.where(*_masked(batch.fixed(batch.spans(_COPY_FILE_RANGE_X, pos), 1, "FD")))
        return out

    def _reserve_last(self, slots: int) -> None:
        if slots > len(self._last_fd):
            grown = np.full(max(slots, 2 * len(self._last_fd)), -1, np.int64)
            grown[: len(self._last_fd)] = self._last_fd
            self._last_fd = grown

    # the end of a batch

    def group_changed(self, pid: int, pos: int) -> None:
        """Tell the counters."""
        if self.history is not None:
            group = self.groups.get(pid)
            if group is None:
                return
            main = self.threads.current.get(pid)
            self.history.group(pid, pos, group.alive, main is None or main.alive)

    def _fix_births(self, types: npt.NDArray[Any], slots: Ints) -> None:
        """A thread that got its id within the batch has no open enter event of the id's former owner."""
        pairs = self.pairs
        for slot, pos in self.threads.born:
            mine = pos + np.flatnonzero(slots[pos:] == slot) if pos >= 0 else np.zeros(0, np.int64)
            stop = mine[(types[mine] & 1) == 0]
            until = int(stop[0]) if len(stop) else len(types)
            early = mine[mine < until]
            early = early[pairs.enter[early] < pos]
            pairs.enter[early] = -1
            pairs.enter_ts[early] = 0
            pairs.latency[early] = 0
            pairs.valid[early] = False
            if not self.current_generation:  # those have the number among their own parameters
                self.fdnum[early] = -1
            if until == len(types):
                self.pairing.forget(slot)
                self.pairing.closing = [c for c in self.pairing.closing if c[0] != slot]
                self._closing[slot] = None
                if slot < len(self._last_fd):
                    self._last_fd[slot] = -1

    def _carry(self, batch: EventBatch, types: npt.NDArray[Any]) -> None:
        """Keep what the next batch needs of the enter events that are still open."""
        closing = self.pairing.closing
        if not closing:
            return
        slots = np.array([c[0] for c in closing], np.int64)
        at = np.array([c[1] for c in closing], np.int64)
        self._last_fd[slots] = self.fdnum[at]
        for slot, pos, kind in zip(slots.tolist(), at.tolist(), types[at].tolist()):
            self._closing[slot] = self.params.encoded(pos) if kind in _KEPT else None

    # accounts and containers

    def find_container(self, t: ThreadInfo) -> None:
        """The container id from the thread's cgroups; "" on the host."""
        t.container_id = self.containers.assign(t.cgroups, self._num, t.root, t.env)

    def on_container(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """What a container engine told about a container."""
        self.containers.update(p.text(0), self._num)

    def on_plain_container(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """The oldest form of the same: id, type, name, image."""
        self.containers.update_plain(p.text(0), p.uint(1), p.text(2), p.text(3), self._num)

    def on_user(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """useradded, userdeleted."""
        if p.type == TYPES["USER_ADDED_E"]:
            self.accounts.add_user(p.text(5), sn.UserEntry(p.uint(0), p.uint(1), p.text(2), p.text(3), p.text(4)))
        else:
            self.accounts.remove_user(p.text(5), p.uint(0))

    def on_group(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """groupadded, groupdeleted."""
        if p.type == TYPES["GROUP_ADDED_E"]:
            self.accounts.add_group(p.text(2), sn.GroupEntry(p.uint(0), p.text(1)))
        else:
            self.accounts.remove_group(p.text(2), p.uint(0))


def _masked(got: tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[Any], int]:
    """Arguments for np.where: values where valid, else -1."""
    values, valid = got
    return valid, values, -1
