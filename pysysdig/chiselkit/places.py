"""The folders that chisels are found in, and what of them may be run.

Folders that the user named are read like any other file. The two that are searched unasked (~/.chisels and ./chisels) may
have been put there by somebody else: folder and file are opened, without following links, what was opened is checked, and
what was read from it is run. Nothing is looked at by its name and opened by its name later.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

SUFFIX = ".py"
VIEW_PREFIX = "v_"  # of files there that hold no chisel but a view (pysysdig.views.plugins)
ENVIRONMENT = "SYSDIG_CHISEL_DIR"
_MAX_SIZE = 16 << 20  # bytes of a chisel's source
_ASKED = os.O_RDONLY | os.O_CLOEXEC
_UNASKED = _ASKED | os.O_NOFOLLOW | os.O_NONBLOCK  # a named pipe must not hold it up


class Refusal(Exception):
    """Why a folder or a file is passed over; str() says what, why and what to do about it."""


class Place:
    """A folder that is searched. `asked`: the user named it."""

    __slots__ = ("asked", "path")

    def __init__(self, path: str, asked: bool) -> None:
        self.path = path
        self.asked = asked

    def names(self) -> tuple[list[str], list[Refusal]]:
        """The names of the chisels in it that may be run, sorted, and why others may not. Runs nothing."""
        names, refusals = [], []
        try:
            with self._folder() as folder:
                for entry in sorted(os.listdir(folder)):
                    name = entry.removesuffix(SUFFIX)
                    if entry == name or not _usable(name):
                        continue
                    try:
                        if not self.asked:
                            with self._file(folder, entry):
                                pass
                        names.append(name)
                    except OSError:
                        continue
                    except Refusal as refusal:
                        refusals.append(refusal)
        except OSError:
            pass
        except Refusal as refusal:
            refusals.append(refusal)
        return names, refusals

    def source(self, name: str) -> bytes | None:
        """The text of the chisel `name`; None if it is not there. Raises Refusal, OSError."""
        if not _usable(name):
            return None
        try:
            with self._folder() as folder, self._file(folder, name + SUFFIX) as opened, open(opened, "rb", closefd=False) as file:
                return file.read(_MAX_SIZE)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except Refusal:
            if not os.path.lexists(self.path_of(name)):  # the whole folder is refused: only matters if it has the chisel
                return None
            raise

    def path_of(self, name: str) -> str:
        """Path of the chisel `name`."""
        return os.path.join(self.path, name + SUFFIX)

    @contextmanager
    def _folder(self) -> Iterator[int]:
        folder = self._open(self.path, os.O_DIRECTORY, None)
        try:
            if not self.asked:
                _check(folder, self.path)
            yield folder
        finally:
            os.close(folder)

    @contextmanager
    def _file(self, folder: int, entry: str) -> Iterator[int]:
        opened = self._open(entry, 0, folder)
        try:
            path = os.path.join(self.path, entry)
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                raise Refusal(f"{path} is not a file")
            if not self.asked:
                _check(opened, path)
            yield opened
        finally:
            os.close(opened)

    def _open(self, path: str, flags: int, folder: int | None) -> int:
        flags |= _ASKED if self.asked else _UNASKED
        try:
            return os.open(path, flags, dir_fd=folder)
        except OSError:
            shown = path if folder is None else os.path.join(self.path, path)
            if not self.asked and os.path.islink(shown):
                raise Refusal(f"{shown} is a symbolic link; --chisel-dir follows links") from None
            raise


def executed(source: bytes, path: str, name: str) -> ModuleType:
    """The module that a source read from `path` amounts to. Raises whatever the source raises."""
    module = ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
    return module


def _usable(name: str) -> bool:
    return name.isidentifier() and not name.startswith("_")


def _check(opened: int, path: str) -> None:
    """Refusal unless only the user or root can have written what is open."""
    status = os.fstat(opened)
    if status.st_uid not in (0, os.geteuid()):
        raise Refusal(f"{path} belongs to another user (uid {status.st_uid}); chown it, or name its folder with --chisel-dir")
    if status.st_mode & 0o022:
        raise Refusal(f"{path} can be written by others (mode {stat.S_IMODE(status.st_mode):04o}); chmod go-w {path}")
