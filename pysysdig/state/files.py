"""State changes of descriptors of files: open and its like (docs/reference/state-model.md 5)."""

from __future__ import annotations

from typing import TypeGuard

from pysysdig.events.table import TYPES
from pysysdig.state import snapshot as sn
from pysysdig.state.base import Handlers, Machine
from pysysdig.state.descriptors import FdHandlers
from pysysdig.state.fds import O_DIRECTORY, O_F_CREATED, FdInfo
from pysysdig.state.parameters import (
    CREAT_E,
    CREAT_X,
    OPEN_BY_HANDLE_AT_X,
    OPEN_E,
    OPEN_X,
    OPENAT2_X,
    OPENAT_2_E,
    OPENAT_2_X,
)
from pysysdig.state.raw import Params
from pysysdig.state.registry import on
from pysysdig.state.threads import ThreadInfo

FD_UPPER_LAYER, FD_LOWER_LAYER = 32768, 65536
_OPEN, _CREAT, _OPENAT = (TYPES[f"SYSCALL_{name}_X"] for name in ("OPEN", "CREAT", "OPENAT"))
_OPENAT_2, _OPENAT2, _OPEN_BY_HANDLE = (TYPES[f"SYSCALL_{name}_X"] for name in ("OPENAT_2", "OPENAT2", "OPEN_BY_HANDLE_AT"))


def _given(e: Params | None) -> TypeGuard[Params]:
    """Whether the enter event of an openat is there, and names a file."""
    return e is not None and e.n > OPENAT_2_E.FLAGS and e.size(OPENAT_2_E.NAME) > 0


class FileHandlers(Handlers):
    """Handlers of these events."""

    def __init__(self, machine: Machine, descriptors: FdHandlers) -> None:
        super().__init__(machine)
        self._descriptors = descriptors

    @on("SYSCALL_OPEN_X", native="open", enter=True, makes=True)
    @on("SYSCALL_CREAT_X", native="creat", enter=True, makes=True)
    @on("SYSCALL_OPENAT_X", native="openat", enter=True, makes=True)
    @on("SYSCALL_OPENAT_2_X", native="openat_2", enter=True, makes=True)
    @on("SYSCALL_OPENAT2_X", native="openat2", enter=True, makes=True)
    @on("SYSCALL_OPEN_BY_HANDLE_AT_X", makes=True)
    def on_open(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """The open family."""
        fd = p.i64(OPEN_X.FD)
        if t is None:
            return
        if fd < 0:
            self._show_directory(pos, t, p)
            return
        kind = p.type
        dev = ino = 0
        e = None if kind == _OPEN_BY_HANDLE else self.machine.enter_params(pos)
        if kind in (_OPENAT_2, _OPENAT2):
            name = e.text(OPENAT_2_E.NAME) if _given(e) else "<NA>"
            if name != "<NA>" and e is not None:
                flags = self._merged(p.uint(OPENAT_2_X.FLAGS), e.uint(OPENAT_2_E.FLAGS))
                dirfd = e.i64(OPENAT_2_E.DIRFD)
            else:
                dirfd, name, flags = p.i64(OPENAT_2_X.DIRFD), p.text(OPENAT_2_X.NAME), p.uint(OPENAT_2_X.FLAGS)
                if not p.size(OPENAT_2_X.NAME) and self.current_generation:
                    name = "<NA>"
            if kind == _OPENAT_2:
                dev, ino = p.uint(OPENAT_2_X.DEV), p.u64(OPENAT_2_X.INO)
            elif self.current_generation:
                dev, ino = p.uint(OPENAT2_X.DEV), p.u64(OPENAT2_X.INO)
            base = self.machine.dirfd_base(t, name, dirfd)
        elif kind == _OPEN:
            name, flags = p.text(OPEN_X.NAME), p.uint(OPEN_X.FLAGS)
            dev, ino = p.uint(OPEN_X.DEV), p.u64(OPEN_X.INO)
            if e is not None and e.n > OPEN_E.FLAGS and e.size(OPEN_E.NAME) and e.text(OPEN_E.NAME) != "<NA>":
                name, flags = e.text(OPEN_E.NAME), self._merged(flags, e.uint(OPEN_E.FLAGS))
            base = self.machine.cwd(t)
        elif kind == _CREAT:
            name, flags, layer = p.text(CREAT_X.NAME), 0, p.uint(CREAT_X.CREAT_FLAGS)
            dev, ino = p.uint(CREAT_X.DEV), p.u64(CREAT_X.INO)
            if self.current_generation:
                flags = FD_UPPER_LAYER if layer & 1 else FD_LOWER_LAYER if layer & 2 else 0
            if e is not None and e.size(CREAT_E.NAME) and e.text(CREAT_E.NAME) != "<NA>":
                name = e.text(CREAT_E.NAME)
            base = self.machine.cwd(t)
        elif kind == _OPENAT:
            if e is None:
                return
            name, flags = e.text(OPENAT_2_E.NAME), e.uint(OPENAT_2_E.FLAGS)
            base = self.machine.dirfd_base(t, name, e.i64(OPENAT_2_E.DIRFD))
        else:
            name, flags, base = p.text(OPEN_BY_HANDLE_AT_X.PATH), p.uint(OPEN_BY_HANDLE_AT_X.FLAGS), ""
            if self.current_generation:
                dev, ino = p.uint(OPEN_BY_HANDLE_AT_X.DEV), p.u64(OPEN_BY_HANDLE_AT_X.INO)
        info = FdInfo(sn.FD_DIRECTORY if flags & O_DIRECTORY else sn.FD_FILE_V2, self.machine.join(base, name))
        info.openflags, info.dev, info.ino, info.name_raw = flags, dev, ino, name
        self._descriptors.add_fd(pos, t, fd, info)

    def _show_directory(self, pos: int, t: ThreadInfo, p: Params) -> None:
        """A failed open relative to a directory descriptor: in OLD the event points at that one."""
        if self.current_generation or p.type not in (_OPENAT, _OPENAT_2, _OPENAT2):
            return
        e = self.machine.enter_params(pos)
        if _given(e) and e.text(OPENAT_2_E.NAME) != "<NA>":
            dirfd, name = e.i64(OPENAT_2_E.DIRFD), e.text(OPENAT_2_E.NAME)
        elif p.type == _OPENAT:
            return
        else:
            dirfd, name = p.i64(OPENAT_2_X.DIRFD), p.text(OPENAT_2_X.NAME)
        if name.startswith("/") or dirfd < 0:
            return
        directory = self.fds.get(self.machine.files_of(t), dirfd)
        if directory is not None:
            self.machine.chosen[pos] = directory.row

    def _merged(self, flags: int, entered: int) -> int:
        """Flags of the enter event plus what only the exit knows."""
        if self.current_generation:
            return entered | (flags & ~(O_F_CREATED - 1))
        return entered | (flags & O_F_CREATED)
