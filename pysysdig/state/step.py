"""The native twin of the loop over the events that change state (native/step.c), and which handlers it has twins of.

Both work on the same objects. The native loop calls the Inspector's handler for every event that it has no twin for, and for the
odd ones of those that it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.table import N_TYPES, TYPES
from pysysdig.speed import native
from pysysdig.state.fds import FdInfo
from pysysdig.state.pairing import threadless
from pysysdig.state.threads import UNSET, ThreadInfo

if TYPE_CHECKING:
    from pysysdig.events.batch import EventBatch
    from pysysdig.state.inspector import Inspector

Ints = npt.NDArray[np.int64]

# handler in native code -> events; of those marked, the enter event's parameters are looked at, too
_TWINS: dict[str, tuple[str, ...]] = {
    "open": ("SYSCALL_OPEN_X",),
    "creat": ("SYSCALL_CREAT_X",),
    "openat": ("SYSCALL_OPENAT_X",),
    "openat_2": ("SYSCALL_OPENAT_2_X",),
    "openat2": ("SYSCALL_OPENAT2_X",),
    "close_enter": ("SYSCALL_CLOSE_E",),
    "close": ("SYSCALL_CLOSE_X",),
    "dup": ("SYSCALL_DUP_X", "SYSCALL_DUP_1_X", "SYSCALL_DUP2_X"),
    "dup3": ("SYSCALL_DUP3_X",),
    "eventfd": ("SYSCALL_EVENTFD_X",),
    "eventfd2": ("SYSCALL_EVENTFD2_X",),
    "epoll_create": ("SYSCALL_EPOLL_CREATE_X",),
    "epoll_create1": ("SYSCALL_EPOLL_CREATE1_X",),
    "fcntl": ("SYSCALL_FCNTL_X",),
    "pipe": ("SYSCALL_PIPE_X",),
    "pipe2": ("SYSCALL_PIPE2_X",),
    "socket": ("SOCKET_SOCKET_X",),
    "accept": ("SOCKET_ACCEPT_X", "SOCKET_ACCEPT_5_X", "SOCKET_ACCEPT4_X", "SOCKET_ACCEPT4_5_X"),
    "accept4": ("SOCKET_ACCEPT4_6_X",),
    "connect_enter": ("SOCKET_CONNECT_E",),
    "connect": ("SOCKET_CONNECT_X",),
    "bind": ("SOCKET_BIND_X",),
    "recvfrom": ("SOCKET_RECVFROM_X",),
    "recvmsg": ("SOCKET_RECVMSG_X",),
    "receive": ("SOCKET_RECV_X",),
    "send": ("SOCKET_SENDTO_X", "SOCKET_SENDMSG_X", "SOCKET_SEND_X"),
    "sendto_enter": ("SOCKET_SENDTO_E",),
    "getsockopt": ("SOCKET_GETSOCKOPT_X",),
    "clone": ("SYSCALL_CLONE_20_X", "SYSCALL_FORK_20_X", "SYSCALL_VFORK_20_X", "SYSCALL_CLONE3_X"),
    "execve": ("SYSCALL_EXECVE_19_X", "SYSCALL_EXECVEAT_X"),
    "procexit": ("PROCEXIT_E", "PROCEXIT_1_E"),
    "chdir": ("SYSCALL_CHDIR_X", "SYSCALL_GETCWD_X"),
    "prlimit": ("SYSCALL_PRLIMIT_X",),
    "kept_enter": (
        "SYSCALL_EXECVE_18_E",
        "SYSCALL_EXECVE_19_E",
        "SYSCALL_EXECVEAT_E",
        "SYSCALL_SETUID_E",
        "SYSCALL_SETGID_E",
        "SYSCALL_SETRESUID_E",
        "SYSCALL_SETRESGID_E",
        "SYSCALL_PRLIMIT_E",
        "SYSCALL_SETRLIMIT_E",
        "SYSCALL_GETRLIMIT_E",
        "SYSCALL_UNSHARE_E",
        "SYSCALL_SETNS_E",
    ),
}
_NO_PARAMETERS = ("close_enter", "sendto_enter", "procexit", "kept_enter")
_WITH_ENTER = ("open", "creat", "openat", "openat_2", "openat2", "fcntl", "socket", "send", "prlimit")
_HANDLERS = {TYPES[name]: handler for handler, names in _TWINS.items() for name in names}
_LOOKED_AT = frozenset(t for t, handler in _HANDLERS.items() if handler not in _NO_PARAMETERS)
_ENTERS = {t: t - 1 for t, handler in _HANDLERS.items() if handler in _WITH_ENTER}
_NO_INTS = np.zeros(0, np.int64)
_NO_FDS = (_NO_INTS, np.zeros(0, bool), _NO_INTS, _NO_INTS, np.zeros(0, np.int32))


class NativeStep:
    """The native loop of one Inspector, with what it remembers of text from batch to batch."""

    def __init__(self, inspector: Inspector) -> None:
        from pysysdig.state.base import Group

        assert native is not None
        numbers = {name: number for number, name in enumerate(native.STEP_OPS)}
        ops = {t: numbers[handler] for t, handler in _HANDLERS.items() if t in inspector.handlers}
        self._step = native.Step(
            inspector.current_generation, inspector.with_fds, inspector.snapshot.boot_ts, ThreadInfo, FdInfo, Group, UNSET, ops
        )
        self._threadless = threadless(inspector.generation)

    def run(self, inspector: Inspector, batch: EventBatch, positions: Ints) -> None:
        """Handle the events at `positions` (ascending) of a batch."""
        i = inspector
        direct = batch.encoded and not batch.v1
        tids, ts, types = (np.ascontiguousarray(column) for column in (i.tids, batch.ts_of(positions), batch.type))
        spans, column = ([], np.zeros(0, np.int32)) if direct else _spans(i, batch, positions)
        fds = (i.pairs.enter, i.pairs.valid, i.fdnum, i.numbers, i.chosen) if i.with_fds else _NO_FDS
        shared = (
            *i.threads.parts(), *i.fds.parts(), i.groups, i.children, i.closing, i.survivors, i.carried, i.queue,
        )  # fmt: skip
        callbacks = (i.handle, i.find_container_at, i.threads.slots.slot)
        self._step.run(
            shared, callbacks, spans, positions, tids, ts, types, self._threadless, *fds, i.slots, i.makes_thread, column,
            batch.buf, batch.off if direct else _NO_INTS, i.threads.slots.table,
        )  # fmt: skip


def _spans(inspector: Inspector, batch: EventBatch, positions: Ints) -> tuple[list[Any], npt.NDArray[np.int32]]:
    """Where the parameters of the events at `positions`, and of their enter events, are: [(type, start, length)] and, by
    position, which column there is the event's; -1 none. For batches that do not hold the events as they were encoded."""
    column = np.full(len(batch), -1, np.int32)
    kinds = batch.type[positions]
    out = []
    counts = np.bincount(kinds, minlength=N_TYPES)
    damage = batch.damage
    for kind in np.flatnonzero(counts).tolist():
        if kind not in _LOOKED_AT:
            continue
        at = positions[kinds == kind]
        sought = [(kind, at)]
        if kind in _ENTERS and inspector.with_fds:
            enters = inspector.pairs.enter[at[inspector.pairs.valid[at]]]
            enters = enters[enters >= 0]
            sought.append((_ENTERS[kind], enters[batch.type[enters] == _ENTERS[kind]]))
        for kind_, at_ in sought:
            if len(at_):
                spans = batch.spans(kind_, at_)
                if len(spans.start):
                    column[at_] = np.arange(len(at_), dtype=np.int32)
                    out.append((kind_, np.ascontiguousarray(spans.start), np.ascontiguousarray(spans.length)))
    batch.damage = damage  # state passes over it, who shows the event reports it
    return out, column


def native_step(inspector: Inspector) -> NativeStep | None:
    """The native loop for an Inspector; None: there is none, or counters are to be kept, which it knows nothing of."""
    return NativeStep(inspector) if native is not None and inspector.history is None else None
