"""Where the bytes of a capture come from: a file, a pipe, or gzip data out of either.

Offsets are positions in the *unpacked* stream. A `Source` hands out read-only views of it as uint8 arrays; bytes that
were handed out never change, so a batch may be kept as long as its user likes:

FileSource     a plain file, any part of which can be read any time. It is not mapped: who looks at the mapping of a file that
               somebody cuts shorter is killed by the system; reading finds out, which is an error.
StreamSource   what comes once and in order (sources/pipe.py, imported where there is one).

Both read into chunks. A chunk is filled once and used again only when nothing refers to it any more.
"""

from __future__ import annotations

import os
import stat
import sys

import numpy as np
import numpy.typing as npt

from pysysdig.errors import CaptureError, reason

Bytes = npt.NDArray[np.uint8]

GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 4 << 20
INPUT = 32 << 10  # compressed bytes taken at a time; a damaged stream loses the output of one such piece at most
LEAST = 64 << 10  # read ahead in a file, more and more while it is read in order
MUCH = 512 << 10  # who asks for so much knows how much there will be use for: what is read beyond has to be moved
POOL = 4


class Source:
    """A stream of bytes that can be looked at from any position not yet let go.

    name     for error messages
    at_end   no bytes follow those seen so far
    failure  set with `at_end` when the stream is broken there (bad gzip data, a read error)
    waits    reading may have to wait for the other end
    cut      set with `at_end` when the compressed stream stops in the middle
    ahead    how many bytes of a file are read at a time, at most
    """

    __slots__ = ("ahead", "at_end", "cut", "failure", "name", "waits")

    def __init__(self, name: str) -> None:
        self.name = name
        self.ahead = CHUNK
        self.at_end = False
        self.cut = False
        self.waits = False
        self.failure: CaptureError | None = None

    def region(self, start: int, need: int, want: int, keep: int, block: bool = True) -> Bytes:
        """The bytes from `start` on, at most `want` of them.

        Fewer than `need` come back only at the end of the stream, or, with block=False, when waiting would be
        necessary. More than `need` are never waited for. Everything before `keep` (<= start) may be forgotten.
        """
        raise NotImplementedError

    @property
    def size(self) -> int | None:
        """How many bytes there are, if any of them can be looked at any time; else None."""
        return None

    def slice(self, start: int, end: int) -> Bytes:
        """The bytes [start, end), all of which `region` has returned before and `keep` still covers."""
        raise NotImplementedError

    def progress(self, at: int) -> float | None:
        """Which part of the input lies before offset `at`, 0 to 1; None if the size is not known."""
        return None

    def close(self) -> None:
        """Give up the file."""


class FileSource(Source):
    """A plain file, read piece by piece: ahead as far as it is read in order, and just what is asked for otherwise."""

    __slots__ = ("_ahead", "_base", "_chunk", "_chunks", "_fd", "_fill", "_origin", "_size")

    def __init__(self, name: str, fd: int, origin: int, size: int) -> None:
        """Takes the descriptor. `origin`: offset of the capture in the file; `size`: of the capture, in bytes (> 0)."""
        super().__init__(name)
        self._fd = fd
        self._origin = origin
        self._size = size
        self._chunks = Chunks()
        self._chunk: Bytes = np.empty(0, np.uint8)
        self._base = self._fill = 0  # offset of the chunk's first byte, bytes in it
        self._ahead = LEAST

    @property
    def size(self) -> int | None:
        return self._size

    def region(self, start: int, need: int, want: int, keep: int, block: bool = True) -> Bytes:
        end = min(start + want, self._size)
        self.at_end = end == self._size
        if start >= end:
            return np.empty(0, np.uint8)
        if keep < self._base or end > self._base + self._fill:
            self._load(keep, end)
        return self._chunk[start - self._base : end - self._base]

    def slice(self, start: int, end: int) -> Bytes:
        if self._base <= start and end <= self._base + self._fill:
            return self._chunk[start - self._base : end - self._base]
        out = np.empty(end - start, np.uint8)
        self._read(out, start)
        return out

    def _load(self, start: int, end: int) -> None:
        """A chunk with [start, end) in it, and some of what follows."""
        reached = self._base + self._fill
        self._ahead = min(2 * self._ahead, self.ahead) if self._base <= start <= reached else LEAST
        kept = max(reached - start, 0) if start >= self._base else 0
        room = -(-max(end - start + LEAST, self.ahead) // self.ahead) * self.ahead  # few sizes, so that they can be used again
        chunk = self._chunks.take(room)
        chunk[:kept] = self._chunk[self._fill - kept : self._fill]
        ahead = self._ahead if end - start < MUCH else 0
        fill = min(len(chunk), max(end - start, ahead), self._size - start)
        self._read(chunk[kept:fill], start + kept)
        self._chunk, self._base, self._fill = chunk, start, fill

    def _read(self, into: Bytes, at: int) -> None:
        """Fill an array with what is at an offset. Raises CaptureError."""
        done = 0
        try:
            while done < len(into):
                got = os.preadv(self._fd, [into[done:].data], self._origin + at + done)
                if not got:
                    raise CaptureError("the file became shorter while it was read", self.name, at + done)
                done += got
        except OSError as e:
            raise CaptureError(f"cannot read: {e.strerror}", self.name, at + done) from None

    def progress(self, at: int) -> float | None:
        return at / self._size

    def close(self) -> None:
        if self._fd > 0:
            os.close(self._fd)
            self._fd = -1


class Region:
    """A part of a file that is read when somebody looks at it: of what is passed over, usually nobody does.

    Like a memoryview as far as `len` and slices go, which raise CaptureError.
    """

    __slots__ = ("_end", "_source", "_start")

    def __init__(self, source: Source, start: int, end: int) -> None:
        self._source, self._start, self._end = source, start, end

    def __len__(self) -> int:
        return self._end - self._start

    def __getitem__(self, part: slice, /) -> memoryview:
        start, end, _ = part.indices(len(self))
        return self._source.slice(self._start + start, self._start + max(start, end)).data


class Chunks:
    """Chunks of memory that nobody refers to any more are used again: fresh memory costs more than filling it does."""

    __slots__ = ("_pool",)

    def __init__(self) -> None:
        self._pool: list[Bytes] = []

    def take(self, size: int) -> Bytes:
        for i in range(len(self._pool)):
            if len(self._pool[i]) >= size and sys.getrefcount(self._pool[i]) == 2:  # the pool's and the argument
                return self._pool[i]
        chunk = np.empty(size, np.uint8)
        self._pool = [*self._pool[1 - POOL :], chunk]
        return chunk


def open_source(path: str) -> Source:
    """A Source for a file, a named pipe, or standard input (`-`). Raises CaptureError if it cannot be opened."""
    name = "standard input" if path == "-" else path
    try:
        fd = 0 if path == "-" else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        info = os.fstat(fd)
        if stat.S_ISDIR(info.st_mode):
            raise IsADirectoryError(21, "it is a directory")
        if stat.S_ISREG(info.st_mode):
            origin = os.lseek(fd, 0, os.SEEK_CUR)
            size = info.st_size - origin
            ahead = os.pread(fd, 2, origin)
            if size > 0 and ahead != GZIP_MAGIC:
                return FileSource(name, fd, origin, size)
            return _stream(name, fd, b"", size, packed=ahead == GZIP_MAGIC)
        ahead = b""
        while len(ahead) < 2 and (more := os.read(fd, INPUT)):
            ahead += more
    except (OSError, ValueError) as e:
        raise CaptureError(f"can't open file: {reason(e)}", name) from None
    return _stream(name, fd, ahead, None, packed=ahead[:2] == GZIP_MAGIC)


def _stream(name: str, fd: int, ahead: bytes, size: int | None, packed: bool) -> Source:
    from pysysdig.sources.pipe import GzipInput, Input, StreamSource  # a plain file needs none of it: start-up time

    return StreamSource(name, (GzipInput if packed else Input)(fd, ahead, size))
