"""The files that a run writes: their names, when the next one begins, and writing that leaves only whole parts behind."""

from __future__ import annotations

import contextlib
import os
import re
import select
import stat
import time
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.errors import PysysdigError

Ints = npt.NDArray[np.int64]

# what sysdig 0.29 calls the first file of a series named by time, when it reads a file; it is not numbered, nor ever removed
FIRST_NAME = "first_dump.scap"


STANDARD_OUTPUT = "-"

Identities = frozenset[tuple[int, int]]


def identities(names: Iterable[str]) -> Identities:
    """What tells files apart, whatever they are called: (device, inode) of those that exist. `-`: standard input."""
    found = set()
    for name in names:
        with contextlib.suppress(OSError):
            info = os.fstat(0) if name == STANDARD_OUTPUT else os.stat(name)
            if stat.S_ISREG(info.st_mode):
                found.add((info.st_dev, info.st_ino))
    return frozenset(found)


class Rotation(NamedTuple):
    """When a new file begins (0: never): after so many bytes, seconds of event time, events; keep `files` of them."""

    size: int = 0
    seconds: int = 0
    events: int = 0
    files: int = 0

    @property
    def rotates(self) -> bool:
        """Whether there is ever a new file."""
        return bool(self.size or self.seconds or self.events)


class Names:
    """The names of the files of a series, as the reference gives them."""

    def __init__(self, base: str, rotation: Rotation, live: bool) -> None:
        self._base = base
        self._rotation = rotation
        self._live = live
        self._count = 0
        self._first = True
        self._past: list[str] = []

    def next(self, seconds: int) -> tuple[str, str | None]:
        """(name of the next file, name of one to be removed or None); seconds: its time, since the epoch."""
        r = self._rotation
        by_time = bool(r.seconds) and "%" in self._base
        if by_time and self._first and not self._live:
            self._first = False
            return os.path.join(os.path.dirname(self._base), FIRST_NAME), None
        index = self._count % r.files if r.files else self._count
        self._count += 1
        old = None
        if by_time:
            name = time.strftime(self._base, time.localtime(seconds))
            if r.files:
                if len(self._past) >= r.files:
                    old = self._past.pop(0)
                self._past.append(name)
                if old in self._past:
                    old = None
        else:
            name = self._base + (str(index) if r.seconds else "")
        if r.size:
            name += str(index).zfill(len(str(r.files)) if r.files else 0)
        if r.events:
            name = self._base + str(index)
        return name, old

    def existing(self, read: Identities) -> str | None:
        """A file that one of the names may come to overwrite although it is among those that are read; None if there is none.

        Names by time are only known when they are due.
        """
        r = self._rotation
        if r.seconds and "%" in self._base:
            fits = re.compile(re.escape(os.path.join(os.path.dirname(self._base), FIRST_NAME)))
        else:
            fits = re.compile(re.escape(self._base) + ("[0-9]+" if r.rotates else ""))
        folder = os.path.dirname(self._base)
        try:
            names = [os.path.join(folder, name) for name in os.listdir(folder or ".")]
        except OSError:
            return None  # opening says so
        for name in names:
            found = fits.fullmatch(name)
            if found is not None and identities([name]) & read:
                return name
        return None


class File:
    """A file being written, readable by its owner only. size: bytes of whole writes.

    What a file of that name held is gone with the first write only: a run that fails before it leaves everything as it was.
    """

    __slots__ = ("_fd", "_made", "_standard", "name", "size")

    def __init__(self, name: str, read: Identities = frozenset()) -> None:
        """`-`: standard output. read: files that must not be written to. Raises OSError, PysysdigError."""
        self._standard = name == STANDARD_OUTPUT
        self.name = "standard output" if self._standard else name
        self._made = not self._standard and not os.path.lexists(name)
        self._fd = 1 if self._standard else os.open(name, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.size = 0
        info = os.fstat(self._fd)
        if (info.st_dev, info.st_ino) in read:
            self.close()
            raise PysysdigError(f"{self.name}: not written to: it is a file that -r reads")

    def write(self, data: bytes | memoryview, ends: Ints | None = None) -> int:
        """All of it. Raises OSError, after which the file ends with what was written before, or with the last of the `ends`
        (ascending: where the parts of the data end) that was reached."""
        left = memoryview(data)
        try:
            if not self._standard and not self.size and stat.S_ISREG(os.fstat(self._fd).st_mode):
                os.ftruncate(self._fd, 0)
            while len(left):
                left = left[self._write(left) :]
            if not os.fstat(self._fd).st_nlink and stat.S_ISREG(os.fstat(self._fd).st_mode):
                raise FileNotFoundError(2, "it was removed")
        except OSError:
            if ends is not None:
                parts = int(np.searchsorted(ends, len(data) - len(left), side="right"))
                self.size += int(ends[parts - 1]) if parts else 0
            if not self._standard:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._fd, self.size)
            raise
        self.size += len(data)
        return len(data)

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:  # a pipe that somebody has made so
            select.select((), (self._fd,), ())
            return 0

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        """Close the file, which is not left behind if nothing was written. Raises OSError."""
        if self._made and not self.size:
            with contextlib.suppress(OSError):
                os.unlink(self.name)
        if not self._standard:
            os.close(self._fd)
