"""Alerts on the standard input of a command of the shell: one command for each alert, unless it is kept running."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from pysysdig.alerts.outputs.base import AlertOutput, Setting

if TYPE_CHECKING:
    import subprocess

    from pysysdig.alerts.model import Alert


class Output(AlertOutput):
    """See the module. `program`: the command; `keep_alive`: one command gets all alerts."""

    def __init__(self, setting: Setting) -> None:
        self._command = setting.required("program")
        self._keep = setting.flag("keep_alive")
        self._running: subprocess.Popen[bytes] | None = None

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        for text in ["".join(lines)] if self._keep else lines:
            if not self._write(text) and self._keep:  # it has ended: once more, to another one
                self._write(text)
            if not self._keep:
                self.close()

    def _write(self, text: str) -> bool:
        """Whether a command has taken a text."""
        if self._running is not None and self._running.poll() is not None:
            self.close()
        pipe = self._pipe()
        try:
            pipe.write(text.encode("latin-1"))
            pipe.flush()
        except BrokenPipeError:  # a command that does not want to know, or has ended
            self.close()
            return False
        return True

    def _pipe(self) -> IO[bytes]:
        if self._running is None:
            import subprocess

            self._running = subprocess.Popen(self._command, shell=True, stdin=subprocess.PIPE)
        assert self._running.stdin is not None
        return self._running.stdin

    def reopen(self) -> None:
        self.close()

    def close(self) -> None:
        if self._running is None:
            return
        running, self._running = self._running, None
        try:
            running.communicate()
        except BrokenPipeError:
            pass
