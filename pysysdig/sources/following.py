"""A log file that others write: what is added to it, wherever it goes.

As `tail -F` does: a file that is cut begins anew, one that is replaced is read to its end before the next one of that name is
read from its beginning; one that is not there yet, or not any more, is waited for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from pysysdig.errors import CaptureError

_STEP = 1 << 20  # bytes read at a time


class Follower:
    """The lines that are added to a file."""

    __slots__ = ("_fd", "_most", "_place", "_rest", "path")

    def __init__(self, path: str, most: int, *, from_end: bool = True) -> None:
        """most: bytes of a line; from_end: what is there already is not of interest. Raises CaptureError if the file is there and
        cannot be read."""
        self.path = path
        self._most = most
        self._rest = b""  # of a line that has no end yet
        self._fd = -1
        self._place: tuple[int, int] | None = None
        self._open()
        if from_end and self._fd >= 0:
            os.lseek(self._fd, 0, os.SEEK_END)

    def _open(self) -> None:
        try:
            self._fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            info = os.fstat(self._fd)
        except FileNotFoundError:
            return
        except OSError as error:
            raise CaptureError(f"can't open file: {error.strerror}", self.path) from None
        self._place = info.st_dev, info.st_ino

    def lines(self) -> Iterator[bytes]:
        """Those that have been added, without their ends. To be called again and again. Raises CaptureError."""
        if self._fd < 0:
            self._open()
            if self._fd < 0:
                return
        try:
            yield from self._added()
            if self._replaced():
                yield from self._added()  # what was written before it was
                self.close()
                self._open()
                if self._fd >= 0:
                    yield from self._added()
        except OSError as error:
            raise CaptureError(f"cannot read: {error.strerror}", self.path) from None

    def _replaced(self) -> bool:
        try:
            info = os.stat(self.path)
        except OSError:
            return False
        return (info.st_dev, info.st_ino) != self._place

    def _added(self) -> Iterator[bytes]:
        at = os.lseek(self._fd, 0, os.SEEK_CUR)
        if os.fstat(self._fd).st_size < at:
            os.lseek(self._fd, 0, os.SEEK_SET)
            self._rest = b""
        while data := os.read(self._fd, _STEP):
            *lines, self._rest = (self._rest + data).split(b"\n")
            yield from lines
            if len(self._rest) > self._most:
                raise CaptureError(f"a line of more than {self._most >> 20} MB", self.path)

    def close(self) -> None:
        """Read no more of it."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._rest = -1, b""
