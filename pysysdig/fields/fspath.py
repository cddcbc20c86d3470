"""fs.path.*: the paths that file system calls work on (tables/fields.json)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.events.arrays import Mask, Sel, among
from pysysdig.events.column import Column, encoded
from pysysdig.events.flags import AT_FDCWD
from pysysdig.events.table import OLD, TYPES, load
from pysysdig.events.text import cleaned
from pysysdig.fields.registry import FieldRef, field
from pysysdig.render.args import groups
from pysysdig.render.group import Group
from pysysdig.state import snapshot as sn
from pysysdig.state.levels import FD
from pysysdig.state.paths import concatenate

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

FD_NAME = "fd.name"  # the path is the name of the descriptor

# exit event -> parameter with the path
_NAME = {
    "MKDIR_2_X": "path", "MKDIRAT_X": "path", "RMDIR_2_X": "path", "UNLINK_2_X": "path", "UNLINKAT_2_X": "name", "OPEN_X": "name",
    "OPENAT_2_X": "name", "OPENAT2_X": "name", "FCHMODAT_X": "filename", "CHMOD_X": "filename", "FCHMOD_X": FD_NAME,
    "CHOWN_X": "path", "LCHOWN_X": "path", "FCHOWN_X": FD_NAME, "FCHOWNAT_X": "pathname", "QUOTACTL_X": "special",
    "UMOUNT_X": "name", "UMOUNT_1_X": "name", "UMOUNT2_X": "name",
}  # fmt: skip
_SOURCE = {
    "RENAME_X": "oldpath", "RENAMEAT_X": "oldpath", "RENAMEAT2_X": "oldpath", "LINK_2_X": "newpath", "LINKAT_2_X": "newpath",
    "SYMLINK_X": "linkpath", "SYMLINKAT_X": "linkpath", "MOUNT_X": "dev",
}  # fmt: skip
_TARGET = {
    "RENAME_X": "newpath", "RENAMEAT_X": "newpath", "RENAMEAT2_X": "newpath", "LINK_2_X": "oldpath", "LINKAT_2_X": "oldpath",
    "SYMLINK_X": "target", "SYMLINKAT_X": "target", "MOUNT_X": "dir",
}  # fmt: skip
# old exit events -> parameter of their enter event
_ENTER = {
    "name": {"MKDIR_X": "path", "RMDIR_X": "path", "UNLINK_X": "path", "UNLINKAT_X": "name"},
    "source": {"LINK_X": "newpath", "LINKAT_X": "newpath"},
    "target": {"LINK_X": "oldpath", "LINKAT_X": "oldpath"},
}
_EXIT = {"name": _NAME, "source": _SOURCE, "target": _TARGET}
# these succeed with anything but -1 in fd, the others with 0 in res
_OPENS = frozenset(TYPES["SYSCALL_" + n] for n in ("OPEN_X", "OPENAT_2_X", "OPENAT2_X"))
# CURRENT resolves these against the directory the event works on
_AT_DIRFD = frozenset(
    TYPES["SYSCALL_" + n] for n in ("NEWFSTATAT_X", "FCHOWNAT_X", "FCHMODAT_X", "MKDIRAT_X", "UNLINKAT_2_X", "MKNODAT_X")
)
_OPENAT = frozenset(TYPES["SYSCALL_" + n] for n in ("OPENAT_2_X", "OPENAT2_X"))
_SYMLINKAT, _RENAMEAT2 = TYPES["SYSCALL_SYMLINKAT_X"], TYPES["SYSCALL_RENAMEAT2_X"]


def _types(names: dict[str, str]) -> dict[int, str]:
    return {TYPES["SYSCALL_" + k]: v for k, v in names.items()}


_EXIT_TYPES = {side: _types(names) for side, names in _EXIT.items()}
_ENTER_TYPES = {side: _types(names) for side, names in _ENTER.items()}


def _succeeded(group: Group) -> Mask:
    name, failure = ("fd", -1) if group.info.type in _OPENS else ("res", 0)
    i = group.info.param_index(name)
    if not 0 <= i < len(group.spans.start):
        return np.zeros(group.n, bool)
    values, valid = group.view.batch.fixed(group.spans, i, "INT64")
    done: Mask = valid & ((values != failure) if name == "fd" else (values == failure))
    return done


def _raw(view: EventView, sel: Sel, side: str) -> list[tuple[Any, Group, list[str | None]]]:
    """(indices into `sel`, group, path as given or None) for the events that have such a path and succeeded."""
    out = []
    by_type, by_enter = _EXIT_TYPES[side], _ENTER_TYPES[side] if view.generation == OLD else {}
    wanted = np.flatnonzero(among(view.batch.type_of(sel), [*by_type, *by_enter]))
    for where, group in groups(view, sel[wanted]):
        rows = np.flatnonzero(_succeeded(group))
        if not len(rows):
            continue
        group, at = group.subset(rows), wanted[where[rows]]
        kind = group.info.type
        paths: list[str | None] = [None] * group.n
        if kind in by_enter:
            _from_enter(group, by_enter[kind], paths)
        elif by_type[kind] == FD_NAME:
            known = view.fds.rows
            for k, row in enumerate(view.fd[group.pos].tolist()):
                if row >= 0:
                    paths[k] = cleaned(known[row].name)
        else:
            i = group.info.param_index(by_type[kind])
            if 0 <= i < len(group.spans.start):
                paths = list(group.texts(i))
        out.append((at, group, paths))
    return out


def _from_enter(group: Group, name: str, paths: list[str | None]) -> None:
    """Fill in a parameter of the enter events that the exits belong to."""
    view = group.view
    enter = np.where(view.paired[group.pos], view.enter[group.pos], -1)
    rows = np.flatnonzero(enter >= 0)
    order = rows[np.argsort(enter[rows], kind="stable")]
    for where, entered in groups(view, enter[order]):
        i = entered.info.param_index(name)
        if 0 <= i < len(entered.spans.start):
            for k, text in zip(order[where].tolist(), entered.texts(i)):
                paths[k] = text
    for k in np.flatnonzero(view.paired[group.pos] & (enter < 0)).tolist():  # the enter event was in an earlier batch
        p = view.enter_params(int(group.pos[k]))
        if p is not None:
            i = load(view.generation)[p.type].param_index(name)
            paths[k] = p.text(i) if i >= 0 else None


def _resolved(group: Group, k: int, path: str, side: str) -> str:
    """A relative path made absolute. OLD always starts from the current directory."""
    view, kind = group.view, group.info.type
    old = view.generation == OLD
    if path[:1] == "/":
        return concatenate("", path, not old)
    if old or not (kind in _OPENAT or kind in _AT_DIRFD or kind in (_SYMLINKAT, _RENAMEAT2)):
        return concatenate(group.cwds(np.array([k]))[0], path, not old)
    row = int(view.fd[group.pos[k]])
    f = view.fds.rows[row] if row >= 0 else None
    if kind in _OPENAT:
        return concatenate("", f.name if f is not None else "<UNKNOWN>", True)
    base = "<UNKNOWN>"
    if kind == _RENAMEAT2:
        number = int(group.subset(np.array([k])).numbers(3 if side == "target" else 1, "FD")[0])
        if number == AT_FDCWD:
            base = group.cwds(np.array([k]))[0]
        else:
            found = int(view.fd_at(group.threads[k : k + 1], np.array([number]), group.pos[k : k + 1])[0])
            if found >= 0:
                base = _with_slash(view.fds.rows[found].name)
    elif (kind in _AT_DIRFD or side == "source") and f is not None and f.type == sn.FD_DIRECTORY:
        base = _with_slash(f.name)
    return concatenate(base, path, True)


def _with_slash(name: str) -> str:
    return name if not name or name.endswith("/") else name + "/"


def _attach(side: str) -> None:
    @field(f"fs.path.{side}raw", FD)
    def raw(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        out: list[str | None] = [None] * len(sel)
        for at, _, paths in _raw(view, sel, side):
            for k, path in zip(at.tolist(), paths):
                out[k] = path
        return encoded(out)

    @field(f"fs.path.{side}", FD)
    def whole(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        out: list[str | None] = [None] * len(sel)
        for at, group, paths in _raw(view, sel, side):
            known = (group.threads >= 0).tolist()
            for k, (index, path) in enumerate(zip(at.tolist(), paths)):
                if path is not None and known[k]:
                    out[index] = _resolved(group, k, path, side)
        return encoded(out)


for _side in ("name", "source", "target"):
    _attach(_side)
