"""How far a replay has come, on standard error: sysdig's -P, or on a terminal a bar."""

from __future__ import annotations

import sys
import time
from typing import Any

_STEP = 0.1  # percent
_PATIENCE = 0.5  # seconds of work before a bar appears


class Percent:
    """sysdig's -P: `45.94` after a carriage return, a new one when it grew by more than 0.1."""

    __slots__ = ("_last", "_line")

    def __init__(self) -> None:
        self._last = 0.0
        self._line = ""

    def hide(self) -> None:
        """Something is about to be printed."""

    def update(self, share: float) -> None:
        """`share`: 0 to 1."""
        percent = 100 * share
        if percent - self._last > _STEP:
            self._show(f"{percent:.2f}")
            self._last = percent

    def close(self) -> None:
        """The end of a capture."""
        self._show("100.00")
        sys.stderr.write("\n")
        sys.stderr.flush()
        self._last = 0.0
        self._line = ""

    def _show(self, line: str) -> None:
        sys.stderr.write(f"\r{' ' * len(self._line)}\r{line}")
        sys.stderr.flush()
        self._line = line


class Bar:
    """A bar with the share of the file that was read, bytes a second and the time left.

    size     of the file, bytes
    asked    -P: it is there from the start and stays at the end, otherwise it comes after half a second and disappears
    shared   standard output goes to the same terminal: the bar makes room for what is printed
    """

    __slots__ = ("_asked", "_done", "_name", "_progress", "_shared", "_size", "_start", "_task")

    def __init__(self, name: str, size: int, *, asked: bool, shared: bool) -> None:
        self._name = name
        self._size = max(size, 1)
        self._asked = asked
        self._shared = shared
        self._progress: Any = None
        self._task: Any = None
        self._start = time.monotonic()
        self._done = 0.0

    def hide(self) -> None:
        """Something is about to be printed."""
        if self._shared and self._progress is not None:
            self._progress.update(self._task, visible=False, refresh=True)

    def update(self, share: float) -> None:
        """`share`: 0 to 1."""
        self._done = share
        if self._progress is None:
            if not self._asked and time.monotonic() - self._start < _PATIENCE:
                return
            self._begin()
        done = share * self._size
        self._progress.update(self._task, completed=done, rate=self._rate(done), visible=True, refresh=self._shared)

    def _rate(self, done: float) -> str:
        from rich.filesize import decimal

        return decimal(int(done / max(time.monotonic() - self._start, 1e-3)))

    def _begin(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(),
            TextColumn("{task.fields[rate]}/s"), TimeRemainingColumn(elapsed_when_finished=True),
            console=Console(stderr=True), transient=not self._asked, auto_refresh=not self._shared,
        )  # fmt: skip
        self._progress.start()
        self._task = self._progress.add_task(self._name, total=self._size, rate=self._rate(0))

    def close(self) -> None:
        """The end of a capture."""
        if self._progress is not None:
            self.update(self._done)
            self._progress.stop()
            self._progress = None
