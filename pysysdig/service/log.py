"""What the service says about itself: lines on standard error and in the system log, as Falco's."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from pysysdig.output.terminal import escaped

EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFO, DEBUG = range(8)  # as in syslog(3)
LEVELS = {
    "emergency": EMERGENCY, "alert": ALERT, "critical": CRITICAL, "error": ERROR, "warning": WARNING, "notice": NOTICE,
    "info": INFO, "informational": INFO, "debug": DEBUG,
}  # fmt: skip


class Log:
    """Lines up to a level. Any thread may call it.

    level    the least severe one that is written
    """

    __slots__ = ("_iso", "_stderr", "_system", "level")

    def __init__(
        self, level: int = INFO, *, stderr: bool = True, system: Callable[[int, str], None] | None = None, iso: bool = False
    ) -> None:
        """system: is given level and text for the system log; iso: times as ISO 8601."""
        self.level = level
        self._stderr = stderr
        self._system = system
        self._iso = iso

    def become(self, other: Log) -> None:
        """Write where another one writes, from now on."""
        self.level, self._iso = other.level, other._iso
        self._stderr, self._system = other._stderr, other._system

    def write(self, level: int, text: str) -> None:
        """A line (or several: the first has the time)."""
        if level > self.level:
            return
        text = escaped(text)
        if self._stderr:
            sys.stderr.write(f"{stamp(time.time(), iso=self._iso)}: {text}\n")
        if self._system is not None:
            self._system(level, text)

    def debug(self, text: str) -> None:
        """For those who look for a fault."""
        self.write(DEBUG, text)

    def info(self, text: str) -> None:
        """What goes on."""
        self.write(INFO, text)

    def notice(self, text: str) -> None:
        """What is worth a look."""
        self.write(NOTICE, text)

    def warning(self, text: str) -> None:
        """What may be wrong."""
        self.write(WARNING, text)

    def error(self, text: str) -> None:
        """What has failed, and the service goes on."""
        self.write(ERROR, text)

    def critical(self, text: str) -> None:
        """What has failed and needs somebody."""
        self.write(CRITICAL, text)


def stamp(moment: float, *, iso: bool = False) -> str:
    """A time (s since the epoch) as log lines begin: local time, `Sat Nov 28 18:43:33 2026` or `2026-11-28T18:43:33+0000`."""
    local = time.localtime(moment)
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", local) if iso else time.asctime(local)
