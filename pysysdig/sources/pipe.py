"""Bytes that come once and in order: a pipe, or gzip data."""

from __future__ import annotations

import os
import select
import zlib

import numpy as np

from pysysdig.errors import CaptureError
from pysysdig.sources.input import CHUNK, GZIP_MAGIC, INPUT, Bytes, Chunks, Source

_TURN_MS = 500  # for which a wait for more input lasts before signals are looked after


class StreamSource(Source):
    """Bytes that come one after the other: a pipe, or gzip data."""

    __slots__ = ("_base", "_chunk", "_chunks", "_fill", "_input")

    def __init__(self, name: str, source: Input) -> None:
        super().__init__(name)
        self._input = source
        self.waits = source.waits
        self._chunks = Chunks()
        self._chunk = self._chunks.take(CHUNK)
        self._base = 0  # offset of the chunk's first byte in the stream
        self._fill = 0

    def region(self, start: int, need: int, want: int, keep: int, block: bool = True) -> Bytes:
        if start + want > self._base + len(self._chunk) and not self.at_end:
            kept = self._base + self._fill - keep
            chunk = self._chunks.take(max(self.ahead, start - keep + want + self.ahead // 4))
            if kept > 0:
                chunk[:kept] = self._chunk[self._fill - kept : self._fill]
            self._base = keep if kept > 0 else self._base + self._fill
            self._chunk, self._fill = chunk, max(kept, 0)
        while not self.at_end and (have := self._base + self._fill - start) < want:
            if not self._input.ready() and (have >= need or not block):
                break
            self._read()
        at = start - self._base
        return self._chunk[at : min(at + want, self._fill)]

    def slice(self, start: int, end: int) -> Bytes:
        return self._chunk[start - self._base : end - self._base]

    def progress(self, at: int) -> float | None:
        return self._input.progress()

    def close(self) -> None:
        self._input.close()

    def _read(self) -> None:
        try:
            got = self._input.read_into(self._chunk, self._fill)
        except BlockingIOError:  # somebody made the pipe non-blocking
            self._input.wait()
            return
        except (OSError, zlib.error) as e:
            why = f"cannot read: {e.strerror}" if isinstance(e, OSError) else "damaged gzip data"
            self.failure = CaptureError(why, self.name, self._base + self._fill)
            got = 0
        self._fill += got
        if not got:
            self.at_end = True
            self.cut = self._input.cut


class Input:
    """Raw bytes of a file descriptor, with those already read to find out what they are.

    cut: the data stopped where more had to follow
    """

    __slots__ = ("_ahead", "_done", "_fd", "_poll", "_size", "cut", "waits")

    def __init__(self, fd: int, ahead: bytes, size: int | None) -> None:
        """`size`: bytes to come if the descriptor is a file, None if it is something that can keep us waiting."""
        self._fd = fd
        self._ahead = ahead
        self._size = size
        self._done = 0
        self._poll: select.poll | None = None
        self.waits = size is None
        self.cut = False
        if self.waits:
            self._poll = select.poll()
            self._poll.register(fd, select.POLLIN)

    def ready(self) -> bool:
        """Whether reading would not wait."""
        return self._poll is None or bool(self._ahead) or bool(self._poll.poll(0))

    def wait(self) -> None:
        """Until there is something to read.

        In short turns: a signal that comes just before a system call does not end it, and its handler (which ends the run) would
        only be called once there is more to read.
        """
        while self._poll is not None and not self._poll.poll(_TURN_MS):
            pass

    def read(self, size: int) -> bytes:
        """Some bytes, b"" at the end."""
        if not self._ahead:
            self.wait()
        data, self._ahead = self._ahead or os.read(self._fd, size), b""
        self._done += len(data)
        return data

    def read_into(self, chunk: Bytes, at: int) -> int:
        """Read to chunk[at:]; returns how many bytes, 0 at the end."""
        if self._ahead:
            data = self.read(0)
            chunk[at : at + len(data)] = np.frombuffer(data, np.uint8)
            return len(data)
        self.wait()
        got = os.readv(self._fd, [chunk[at:].data])
        self._done += got
        return got

    def progress(self) -> float | None:
        """Part of the file read, None if its size is not known."""
        return self._done / self._size if self._size else None

    def close(self) -> None:
        """Close the descriptor, unless it is standard input."""
        if self._fd:
            os.close(self._fd)
            self._fd = 0


class GzipInput(Input):
    """Unpacks gzip members one after the other; whatever follows the last one is ignored, as zlib's gzread does."""

    __slots__ = ("_left", "_member")

    def __init__(self, fd: int, ahead: bytes, size: int | None) -> None:
        super().__init__(fd, ahead, size)
        self._left = b""
        self._member: zlib._Decompress | None = None

    def ready(self) -> bool:
        return bool(self._left) or super().ready()

    def read_into(self, chunk: Bytes, at: int) -> int:
        room = len(chunk) - at
        while True:
            if self._member is None:
                while len(self._left) < 2 and (more := self.read(INPUT)):
                    self._left += more
                if self._left[:2] != GZIP_MAGIC:
                    return 0
                self._member = zlib.decompressobj(31)
            data = self._member.decompress(self._left, room)  # with nothing left: what the unpacker itself still holds
            if self._member.eof:
                self._left = self._member.unused_data
                self._member = None
            else:
                self._left = self._member.unconsumed_tail
            if data:
                chunk[at : at + len(data)] = np.frombuffer(data, np.uint8)
                return len(data)
            if self._member is not None and not self._left:
                self._left = self.read(INPUT)
                if not self._left:
                    self.cut = True
                    return 0
