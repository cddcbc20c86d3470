"""What the command line says about writing."""

from __future__ import annotations

import re

from pysysdig.cli.numbers import leading_int
from pysysdig.errors import UsageError

KEYS = frozenset({"write", "write_format", "file_size", "event_limit", "seconds", "limit"})
SWITCHES = frozenset({"compress", "fatfile", "filter_proclist"})
FORMATS = ("scap", "pscap")
_MOST = 10**12  # of anything: a million million events, megabytes, seconds, files
_SCAP = re.compile(r"\.s?cap(\.gz)?$", re.ASCII)


class Writing:
    """path: "" = nothing is written; size: bytes; seconds, events, files: see trace.files.Rotation; prune: --filter-proclist."""

    __slots__ = ("_format", "compress", "events", "fatfile", "files", "path", "prune", "seconds", "size")

    def __init__(self) -> None:
        self.path = self._format = ""
        self.size = self.seconds = self.events = self.files = 0
        self.compress = self.fatfile = self.prune = False

    @property
    def scap(self) -> bool:
        """Whether the format is sysdig's."""
        return self._format == "scap" if self._format else bool(_SCAP.search(self.path))

    def switch(self, key: str) -> None:
        """Take an option of SWITCHES."""
        setattr(self, "prune" if key == "filter_proclist" else key, True)

    def take(self, key: str, text: str) -> None:
        """Take an option of KEYS. Raises UsageError."""
        if key == "write":
            self.path = text
        elif key == "write_format":
            if text not in FORMATS:
                raise UsageError(f"invalid format {text}: {' or '.join(FORMATS)}")
            self._format = text
        elif key == "file_size":
            self.size = _positive(text, "file size") * 1_000_000
        elif key == "event_limit":
            self.events = _positive(text, "event limit")
        elif key == "seconds":
            self.seconds = _positive(text, "duration")
        else:
            self.files = _positive(text, "file limit")


def _positive(text: str, what: str) -> int:
    number = leading_int(text, _MOST)
    if number is None or number <= 0:
        raise UsageError(f"invalid {what} {text}")
    return number
