"""How far a replay has come, on standard error: sysdig's -P, or a bar for people."""

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
    """A bar that appears when the work takes longer than half a second, and disappears at the end."""

    __slots__ = ("_name", "_progress", "_start", "_task")

    def __init__(self, name: str) -> None:
        self._name = name
        self._progress: Any = None
        self._task: Any = None
        self._start = time.monotonic()

    def update(self, share: float) -> None:
        """`share`: 0 to 1."""
        if self._progress is None:
            if time.monotonic() - self._start < _PATIENCE:
                return
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

            self._progress = Progress(
                TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
                console=Console(stderr=True), transient=True,
            )  # fmt: skip
            self._progress.start()
            self._task = self._progress.add_task(self._name, total=1.0)
        self._progress.update(self._task, completed=share)

    def close(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
