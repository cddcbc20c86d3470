"""Where alerts go: standard output, a file, the standard input of a program, as Falco's configuration says."""

from __future__ import annotations

import os
import sys
from typing import IO, TYPE_CHECKING

from pysysdig.errors import PysysdigError
from pysysdig.output.terminal import printable, printable_json

if TYPE_CHECKING:
    import subprocess

    from pysysdig.output.stream import Output
    from pysysdig.rules.config import AlertSink, RuleConfig


class AlertOutputs:
    """All outputs that the configuration enables; alerts are byte text, whole lines."""

    def __init__(self, config: RuleConfig, out: Output) -> None:
        """`out` is standard output. Says which outputs there are not."""
        self._out = out if config.stdout_output else None
        self._safe = printable_json if config.json_output else printable
        self._others = [
            *([_File(config.file_output)] if config.file_output else ()),
            *([_Program(config.program_output)] if config.program_output else ()),
        ]
        if config.unsupported_outputs:
            sys.stderr.write(f"pysysdig: alerts do not go to {', '.join(config.unsupported_outputs)}: not supported\n")

    def write(self, text: str) -> None:
        """Write alerts. Raises BrokenPipeError for standard output, PysysdigError for the others."""
        if self._out is not None:
            self._out.write(self._safe(text) if self._out.terminal else text)
        for other in self._others:
            other.write(text.encode("latin-1"))

    def close(self) -> None:
        """Close files and wait for programs to end."""
        for other in self._others:
            other.close()


class _File:
    """Alerts are appended; the file is opened for each lot of them unless it is kept open."""

    def __init__(self, sink: AlertSink) -> None:
        self._sink = sink
        self._fd = -1

    def write(self, data: bytes) -> None:
        try:
            if self._fd < 0:
                self._fd = os.open(self._sink.target, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            while data:
                data = data[os.write(self._fd, data) :]
            if not self._sink.keep_alive:
                self.close()
        except OSError as error:
            raise PysysdigError(f"failed to write output file {self._sink.target}: {error.strerror}") from None

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class _Program:
    """A command of the shell gets alerts on its standard input: one command for each alert, unless it is kept running."""

    def __init__(self, sink: AlertSink) -> None:
        self._sink = sink
        self._running: subprocess.Popen[bytes] | None = None

    def write(self, data: bytes) -> None:
        for line in [data] if self._sink.keep_alive else data.splitlines(keepends=True):
            pipe = self._pipe()
            try:
                pipe.write(line)
                pipe.flush()
            except BrokenPipeError:  # a command that does not want to know, or has ended: another one for the next alert
                self.close()
            if not self._sink.keep_alive:
                self.close()

    def _pipe(self) -> IO[bytes]:
        if self._running is None:
            import subprocess

            self._running = subprocess.Popen(self._sink.target, shell=True, stdin=subprocess.PIPE)
        assert self._running.stdin is not None
        return self._running.stdin

    def close(self) -> None:
        if self._running is None:
            return
        running, self._running = self._running, None
        try:
            running.communicate()
        except BrokenPipeError:
            pass
