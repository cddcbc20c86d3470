"""Alerts appended to a file, which is opened for each lot of them unless it is kept open."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.alerts.outputs.base import AlertOutput, Setting
from pysysdig.errors import PysysdigError

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert


class Output(AlertOutput):
    """See the module. `filename`: the file; `keep_alive`: it stays open."""

    def __init__(self, setting: Setting) -> None:
        self.path = setting.required("filename")
        self._keep = setting.flag("keep_alive")
        self._fd = -1

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        data = "".join(lines).encode("latin-1")
        try:
            if self._fd < 0:
                self._fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError as error:
            self.close()
            raise PysysdigError(f"failed to write output file {self.path}: {error.strerror}") from None
        if not self._keep:
            self.close()

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
