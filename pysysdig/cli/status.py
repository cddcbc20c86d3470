"""What a run says of itself while it goes on: one line on the terminal, written over and over. On other outputs: nothing."""

from __future__ import annotations

import os
import sys
import time

_INTERVAL = 0.5  # seconds between two versions of the line
_SHARED_INTERVAL = 5.0  # where the output goes to the same terminal


class StatusLine:
    """A line on standard error, if that is a terminal. Where standard output is one too, every version gets a line of its own,
    and there are fewer of them: they stand between what is printed."""

    __slots__ = ("_at", "_shared", "_shown", "_terminal")

    def __init__(self) -> None:
        self._terminal = _is_terminal(2)
        self._shared = _is_terminal(1)
        self._shown = 0  # characters to be written over
        self._at = 0.0

    def due(self) -> bool:
        """Whether it is time for another version."""
        return self._terminal and time.monotonic() - self._at >= (_SHARED_INTERVAL if self._shared else _INTERVAL)

    def show(self, text: str) -> None:
        """The next version."""
        if not self._terminal:
            return
        self._at = time.monotonic()
        if self._shared:
            _say(f"{text}\n")
            return
        _say("\r" + text.ljust(self._shown))
        self._shown = len(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            _say("\r" + " " * self._shown + "\r")
            self._shown = 0

    def say(self, text: str) -> None:
        """A line that stays."""
        if self._terminal:
            self.clear()
            _say(f"{text}\n")


def _say(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:  # the terminal is gone
        pass


def _is_terminal(fd: int) -> bool:
    try:
        return os.isatty(fd)
    except OSError:
        return False
