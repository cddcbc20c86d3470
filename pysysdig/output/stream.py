"""Writing to standard output: whole lines, in few system calls, without noise when the reader goes away."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from pysysdig.errors import OutputError


class Output:
    """A file descriptor to write byte text to. BrokenPipeError goes to the caller, other failures as OutputError.

    `interrupt()` (from a signal handler) lets a write that is under way end at the next line end; `write` then raises
    KeyboardInterrupt.
    """

    __slots__ = ("_fd", "_stop", "_writing", "terminal")

    def __init__(self, fd: int = 1) -> None:
        self._fd = fd
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
        try:
            return os.write(self._fd, data)
        except BlockingIOError:  # somebody who shares the terminal or pipe has made it so
            import select

            select.select((), (self._fd,), ())
            return 0
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(error) from None

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
        if sys.stdout is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(error) from None
