"""Tables as series of files: the next one begins after so many bytes, seconds or rows. Names are as with -w, the number or time
before the end that says the format."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.errors import PysysdigError
from pysysdig.export.files import TableFile
from pysysdig.export.formats import format_of
from pysysdig.sources.files import Identities, Names, Rotation, identities

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

SECOND = 1_000_000_000
_FEW = 1024  # rows between two looks at the size, at least


class Series:
    """Files one after the other, each with its name once it is whole. A context manager: what is not finished is removed."""

    def __init__(self, path: str, head: Any, rotation: Rotation, read: Identities = frozenset()) -> None:
        """head: see TableFile; read: files that are neither written to nor removed. Raises UsageError, PysysdigError."""
        self.path = path
        self._suffix = format_of(path).suffix
        self._head = head
        self._rotation = rotation
        self._names = Names(path.removesuffix(self._suffix), rotation, True)
        self._read = read
        self._file: TableFile | None = None
        self._since = 0  # seconds
        self._closed = 0  # rows
        self._row = 0.0  # bytes, as known from the file before
        folder = os.path.dirname(os.path.abspath(path))
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PysysdigError(f"{path}: can't write it: no such directory, or no permission")

    @property
    def rows(self) -> int:
        """Of all files."""
        return self._closed + (self._file.rows if self._file is not None else 0)

    def room(self, times: Ints) -> int:
        """How many of the rows of these times (ns, one at least) go into the file at hand, which may be a new one; one at least.
        Raises PysysdigError."""
        r = self._rotation
        if self._file is not None and self._full(self._file, int(times[0])):
            self._close()
        file = self._file
        if file is None:
            file = self._file = self._next(int(times[0]) // SECOND)
        room = len(times)
        if r.events:
            room = min(room, r.events - file.rows)
        if r.seconds:
            if not self._since and times.any():
                self._since = int(times[times > 0][0]) // SECOND  # events made up at the start may have no time
            late = (times // SECOND - self._since >= r.seconds) & (self._since > 0)
            if late.any():
                room = min(room, int(np.argmax(late)))
        if r.size:
            size = file.size()
            row = size / file.rows if file.rows else self._row
            room = min(room, max(_FEW, int((r.size - size) / row) if row else 0))
        return room

    def _full(self, file: TableFile, time: int) -> bool:
        r = self._rotation
        if (r.events and file.rows >= r.events) or (r.seconds and self._since and time // SECOND - self._since >= r.seconds):
            return True
        if not r.size or file.size() < r.size:
            return False
        file.flush()  # what was estimated until now
        return file.size() >= r.size

    def _next(self, seconds: int) -> TableFile:
        name, old = self._names.next(seconds)
        if old is not None and not identities([old + self._suffix]) & self._read:
            with suppress(OSError):
                os.unlink(old + self._suffix)
        path = name + self._suffix
        if identities([path]) & self._read:
            raise PysysdigError(f"{path}: not written to: it is read")
        self._since = 0
        return TableFile(path, self._head)

    def _close(self, damage: str = "") -> None:
        file, self._file = self._file, None
        if file is None:
            return
        with file:
            self._row = file.size() / file.rows if file.rows else 0.0
            file.finish(damage)
        self._closed += file.rows

    def add(self, part: Any) -> None:
        """Rows, as many as there was `room` for. Raises PysysdigError."""
        assert self._file is not None
        self._file.add(part)

    def tick(self) -> None:
        """A while has passed."""

    def finish(self, damage: str = "") -> None:
        """The file at hand is whole; damage: see TableFile. Raises PysysdigError."""
        self._close(damage)

    def __enter__(self) -> Series:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.__exit__()
