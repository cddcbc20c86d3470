"""What the command line says about writing."""

from __future__ import annotations

import re

from pysysdig.errors import UsageError

KEYS = frozenset({"write", "write_format", "file_size", "event_limit", "seconds", "limit"})
SWITCHES = frozenset({"compress", "fatfile", "filter_proclist"})
FORMATS = ("scap", "pscap")
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
    found = re.match(r"\s*\+?([0-9]{1,9})", text, re.ASCII)
    if found is None or not int(found[1]):
        raise UsageError(f"invalid {what} {text}")
    return int(found[1])
