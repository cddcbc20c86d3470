"""Alerts from files: one JSON object a line, as Falco's file output and standard output have them.

What stands before the object is ignored (syslog's heading, a container runtime's), and so is what wraps it: an entry of the
journal (`journalctl -o json`, as text or with the fields of the journald output), a line of Docker's log. A file may also be one
JSON array, or compressed by gzip, as logrotate leaves it.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from pysysdig.alerts.model import Alert
from pysysdig.alerts.parsed import NotFinite, alert_of, parsed, value_of
from pysysdig.errors import PysysdigError
from pysysdig.rules.model import SYSCALL, parse_priority

LONGEST = 1 << 20  # bytes of a line
_LARGEST = 256 << 20  # bytes of an array
_MOST_STARTS = 4  # braces of a line that are tried
_NOT_ALERTS = (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)


class AlertFile:
    """The alerts of one file; to be iterated over once.

    path      where it is; "-": standard input
    others    lines so far that hold no alert
    cut       lines so far that are longer than LONGEST
    """

    __slots__ = ("cut", "others", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self.others = self.cut = 0

    def __iter__(self) -> Iterator[Alert]:
        """Raises PysysdigError if the file cannot be read."""
        try:
            with _opened(self.path) as file:
                first = file.readline(LONGEST + 1)
                if first.lstrip().startswith(b"["):
                    yield from self._array(first + file.read(_LARGEST))
                else:
                    yield from self._lines(first, file)
        except (OSError, EOFError) as error:
            what = getattr(error, "strerror", None) or "the compressed data is damaged or ends early"
            raise PysysdigError(f"{self.path}: {what}") from None

    def left_out(self) -> list[str]:
        """What there is to say of lines without an alert, each in a line."""
        out = [f"{self.path}: {self.others} lines hold no alert"] if self.others else []
        return out + ([f"{self.path}: {self.cut} lines are longer than {LONGEST >> 20} MiB, and left out"] if self.cut else [])

    def _lines(self, line: bytes, file: IO[bytes]) -> Iterator[Alert]:
        inside = False  # a line that is too long
        while line:
            ends = line.endswith(b"\n")
            if inside or len(line) > LONGEST:
                self.cut += ends
                inside = not ends
            elif (alert := of_line(line)) is not None:
                yield alert
            elif line.strip():
                self.others += 1
            line = file.readline(LONGEST + 1)
        self.cut += inside

    def _array(self, data: bytes) -> Iterator[Alert]:
        try:
            entries = json.loads(data)
        except (ValueError, RecursionError):
            raise PysysdigError(f"{self.path}: begins like a JSON array, but is none of at most {_LARGEST >> 20} MiB") from None
        for entry in entries:  # each is read anew as a line: one that says NaN costs that one
            alert = of_line(json.dumps(entry).encode()) if isinstance(entry, dict) else None
            if alert is None:
                self.others += 1
            else:
                yield alert


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    """A file, unpacked if it is compressed."""
    with open(sys.stdin.fileno() if path == "-" else path, "rb", closefd=path != "-") as file:
        if file.peek(2)[:2] == b"\x1f\x8b":
            with gzip.open(file) as unpacked:
                yield cast("IO[bytes]", unpacked)
        else:
            yield file


def of_line(line: bytes) -> Alert | None:
    """The alert in a line of a log; None if there is none."""
    text = line.decode("utf-8", "replace")
    start = -1
    for _ in range(_MOST_STARTS):
        start = text.find("{", start + 1)
        if start < 0:
            return None
        try:
            found = value_of(text[start:])
        except NotFinite:
            return None
        except (ValueError, RecursionError):
            continue
        return _of_value(found)
    return None


def _of_value(found: Any) -> Alert | None:
    """The alert that a JSON value is, or wraps."""
    try:
        if "rule" in found:
            return alert_of(found, "")
        inner = found.get("MESSAGE", found.get("log"))  # of the journal, of Docker's log
        if isinstance(inner, list):  # the journal's way to write what is not UTF-8
            inner = bytes(inner).decode("utf-8", "replace")
        if "FALCO_RULE" in found and "{" not in inner[:1]:
            return _of_journal(found, inner)
        return parsed(inner[inner.index("{") :], "")
    except _NOT_ALERTS:
        return None


def _of_journal(entry: dict[str, Any], text: str) -> Alert:
    """An alert that the journald output wrote as text. The names of its fields have lost their dots: they are left out."""
    priority = parse_priority(entry["FALCO_PRIORITY"])
    if priority is None:
        raise ValueError("no priority")
    tags = tuple(sorted(filter(None, entry.get("FALCO_TAGS", "").split(","))))
    said = text.partition(": ")[2].partition(" ")[2] or text
    return Alert(
        int(entry["__REALTIME_TIMESTAMP"]) * 1000, priority, str(entry["FALCO_RULE"]), str(entry.get("FALCO_SOURCE", SYSCALL)),
        tags, str(entry.get("_HOSTNAME", "")), said, {}, str(entry.get("FALCO_UUID", "")),
    )  # fmt: skip
