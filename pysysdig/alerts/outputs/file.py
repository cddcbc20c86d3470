"""Alerts appended to a file, which is opened for each lot of them unless it is kept open.

Rotation is ours, Falco has none: before a lot that would make the file larger than `max_size_mb`, or once it is older than
`max_age` (a duration like 1d), it becomes NAME.1, that NAME.2 and so on; `max_files` (5) of these stay.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.alerts.outputs.base import AlertOutput, Setting
from pysysdig.errors import PysysdigError
from pysysdig.rules.durations import seconds

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert


_FILES = 5


class Output(AlertOutput):
    """See the module. `filename`: the file; `keep_alive`: it stays open."""

    def __init__(self, setting: Setting) -> None:
        self.path = setting.required("filename")
        self._keep = setting.flag("keep_alive")
        self._fd = -1
        self._opened = False  # at any time
        self._size = setting.number("max_size_mb", 0) * (1 << 20)
        self._age = seconds(setting.text("max_age", "0s"), f"{setting.name}: max_age")
        self._files = int(setting.number("max_files", _FILES))
        self._since: float | None = None  # when the file was begun, s since the epoch

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        data = "".join(lines).encode("latin-1")
        done = 0
        try:
            self._rotate(len(data))
            if self._fd < 0:
                self._fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
                if not self._opened and _ends_amid_a_line(self.path):  # whoever wrote it was killed
                    os.write(self._fd, b"\n")
                self._opened = True
            while done < len(data):
                done += os.write(self._fd, data[done:])
        except OSError as error:
            if done:
                self._take_back(done)
            self.close()
            raise PysysdigError(f"failed to write output file {self.path}: {error.strerror}") from None
        if not self._keep:
            self.close()

    def _take_back(self, count: int) -> None:
        """The latest bytes, of alerts that are not all there and come again, unless somebody else has written behind them."""
        with contextlib.suppress(OSError):  # it is no regular file
            end = os.lseek(self._fd, 0, os.SEEK_CUR)
            if os.fstat(self._fd).st_size == end:
                os.ftruncate(self._fd, end - count)

    def _rotate(self, more: int) -> None:
        """If it is time for the next file: `more` bytes are to be written."""
        if not self._size and not self._age:
            return
        try:
            state = os.stat(self.path)
        except FileNotFoundError:
            self._since = time.time()
            return
        if self._since is None:
            self._since = state.st_mtime
        large = self._size and state.st_size and state.st_size + more > self._size
        if not large and not (self._age and state.st_size and time.time() >= self._since + self._age):
            return
        self.close()
        for number in range(self._files, 0, -1):
            before = f"{self.path}.{number - 1}" if number > 1 else self.path
            if os.path.exists(before):
                os.replace(before, f"{self.path}.{number}")
        if not self._files:
            os.unlink(self.path)
        self._since = time.time()

    def reopen(self) -> None:
        self.close()

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _ends_amid_a_line(path: str) -> bool:
    with contextlib.suppress(OSError):  # it is no regular file, or may not be read
        if stat.S_ISREG(os.stat(path).st_mode):
            with open(path, "rb") as file:
                return bool(file.seek(0, os.SEEK_END)) and file.seek(-1, os.SEEK_END) >= 0 and file.read(1) != b"\n"
    return False
