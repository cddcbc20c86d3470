"""One capture summed up: how often each thing happened, what it took."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from pysysdig.api.trace import Trace
from pysysdig.compare import normalise
from pysysdig.errors import UsageError

# of one key; what comes after is counted, its latencies are a sample no more
_SAMPLES = 4096
MAX_KEYS = 1 << 18  # of one section


class Tally:
    """Of one key: count, failed, bytes moved, and latencies (ns, up to 4096 of them)."""

    __slots__ = ("bytes", "count", "failed", "latencies")

    def __init__(self) -> None:
        self.count = self.failed = self.bytes = 0
        self.latencies = array("q")

    def quantile(self, share: float) -> int | None:
        """A latency (ns) that this share of the calls did not exceed; None without any."""
        if not self.latencies:
            return None
        ranked = sorted(self.latencies)
        return ranked[min(int(share * len(ranked)), len(ranked) - 1)]


class Section(NamedTuple):
    """One way to look at events.

    name      of the section
    fields    that make the key
    key       (values of the fields) -> key, None: the event has none
    filter    of the events that count
    """

    name: str
    fields: tuple[str, ...]
    key: Callable[[tuple[Any, ...]], tuple[str, ...] | None]
    filter: str


def _whole(values: tuple[Any, ...]) -> tuple[str, ...] | None:
    return tuple("" if v is None else str(v) for v in values)


def _file(values: tuple[Any, ...]) -> tuple[str, ...] | None:
    kind, name = values
    return (normalise.path(name),) if name and kind in ("file", "directory") else None


def _connection(values: tuple[Any, ...]) -> tuple[str, ...] | None:
    process, proto, address, port = values
    return (process or "", f"{proto} {address}:{port}") if proto and address and port is not None else None


def _process(values: tuple[Any, ...]) -> tuple[str, ...] | None:
    path, line = values
    return (path or "", normalise.command(line)) if line else None


SECTIONS = (
    Section("calls", ("proc.name", "evt.type"), _whole, "evt.dir=<"),
    Section("processes", ("proc.exepath", "proc.cmdline"), _process, "evt.type in (execve, execveat) and evt.dir=<"),
    Section("files", ("fd.type", "fd.name"), _file, "evt.dir=< and fd.type in (file, directory)"),
    Section("connections", ("proc.name", "fd.l4proto", "fd.sip", "fd.sport"), _connection, "evt.dir=< and fd.l4proto exists"),
    Section("errors", ("proc.name", "evt.type", "evt.res"), _whole, "evt.failed=true"),
)
Summary = dict[str, dict[tuple[str, ...], Tally]]


def sections(by: Sequence[str]) -> tuple[Section, ...]:
    """The sections, with other fields for that of calls. Raises FilterError, UsageError for what is no field."""
    if not by:
        return SECTIONS
    from pysysdig.export.schema import columns

    columns(by)
    return (Section("calls", tuple(by), _whole, "evt.dir=<"), *SECTIONS[1:])


def collect(path: str, wanted: Sequence[Section], filter: str = "") -> Summary:
    """Sum up a capture. Raises CaptureError, FilterError, UsageError if there is too much of it."""
    from pysysdig import open as open_trace

    out: Summary = {}
    for section in wanted:
        trace = open_trace(path).filter(section.filter)
        if filter:
            trace = trace.filter(filter)
        out[section.name] = _tallies(trace, section)
    return out


def _tallies(trace: Trace, section: Section) -> dict[tuple[str, ...], Tally]:
    found: dict[tuple[str, ...], Tally] = {}
    keys: dict[tuple[Any, ...], tuple[str, ...] | None] = {}
    chosen = trace.select(*section.fields, failed="evt.failed", res="evt.rawres", moved="evt.is_io", latency="evt.latency")
    for row in chosen.rows():
        values = row[:-4]
        if values in keys:
            key = keys[values]
        else:
            if len(keys) > MAX_KEYS:
                raise UsageError(f"more than {MAX_KEYS} different {section.name}; compare less with --filter, or by other fields")
            key = keys[values] = section.key(values)
        if key is None:
            continue
        tally = found.get(key)
        if tally is None:
            tally = found[key] = Tally()
        failed, res, moved, latency = row[-4:]
        tally.count += 1
        tally.failed += bool(failed)
        if moved and res is not None and res > 0:
            tally.bytes += res
        if latency and len(tally.latencies) < _SAMPLES:
            tally.latencies.append(latency)
    return found
