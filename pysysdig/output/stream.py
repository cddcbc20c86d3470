"""Writing to standard output: whole lines, in few system calls, without noise when the reader goes away."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from pysysdig.errors import OutputError


class Output:
    """A file descriptor to write byte text to. BrokenPipeError goes to the caller, other failures as OutputError.

    With `lenient` a failure is kept in `failure`, and what follows is dropped.

    `interrupt()` (from a signal handler) lets a write that is under way end at the next line end; `write` then raises
    KeyboardInterrupt.
    """

    __slots__ = ("_fd", "_stop", "_writing", "failure", "lenient", "terminal")

    def __init__(self, fd: int = 1) -> None:
        self._fd = fd
        self.lenient = False
        self.failure: OutputError | None = None
        self._stop = self._writing = False
        self.terminal = os.isatty(fd)

    def write(self, text: str) -> None:
        """Write byte text, all of it."""
        data = memoryview(text.encode("latin-1"))
        self._writing = True
        while data:
            data = data[self._write(data) :]
            if self._stop:
                data = data[: bytes(data[:65536]).find(b"\n") + 1]
        self._writing = False
        if self._stop:
            self._stop = False
            raise KeyboardInterrupt

    def _write(self, data: memoryview) -> int:
        if self.failure is not None:
            return len(data)
        try:
            return os.write(self._fd, data)
        except BlockingIOError:  # somebody who shares the terminal or pipe has made it so
            import select

            select.select((), (self._fd,), ())
            return 0
        except BrokenPipeError:
            raise
        except OSError as error:
            self.failure = OutputError(error)
            if not self.lenient:
                raise self.failure from None
            return len(data)

    def check(self) -> None:
        """Raise the failure that was kept, if there is one."""
        if self.lenient and self.failure is not None:
            raise self.failure

    def interrupt(self) -> None:
        """Stop now, or at the next line end if a write is under way (a second call does not wait for that)."""
        if self._stop or not self._writing:
            self._stop = False
            raise KeyboardInterrupt
        self._stop = True


def say(text: str) -> None:
    """Write a text of our own (lists, help, reports) to standard output. Raises BrokenPipeError, OutputError."""
    with standard_output() as out:
        out.write(text)


@contextmanager
def standard_output() -> Iterator[TextIO]:
    """sys.stdout, to be written to in the block and flushed after it. Raises BrokenPipeError, OutputError."""
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(error) from None


def secure_standard_streams() -> None:
    """Nothing is ever opened in the place of a standard stream that is missing: it fails, as it should, where it is used.

    What standard error does not take is lost, and nothing else.
    """
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_WRONLY if fd == 0 else os.O_RDONLY)
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for as long as the process lives
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = io.TextIOWrapper(_Diagnostics(), "utf-8", "backslashreplace", write_through=True)


class _Diagnostics(io.RawIOBase):
    """Standard error, whose failures are nobody's business."""

    def write(self, data: Any, /) -> int:
        left = memoryview(data).cast("B")
        try:
            while len(left):
                left = left[os.write(2, left) :]
        except OSError:
            pass
        return len(data)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2

    def isatty(self) -> bool:
        return os.isatty(2)
