"""Bases of chisels of which there are several: byte counters, payloads, slow calls, streams, lists of the state, exporters."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from pysysdig.chisel import FILTER, INT, Arg, Batch, Chisel, Colours, Event, RunInfo
from pysysdig.chiselkit.lines import Lines, shown
from pysysdig.chiselkit.text import cell, clock, number, padded, size, text
from pysysdig.errors import ChiselError, UsageError
from pysysdig.events.text import from_user
from pysysdig.render.pieces import Coded

PROCESS_KEYS = (  # of tables by process, with -pc
    ("proc.name", "Process"),
    ("proc.pid", "Host_pid"),
    ("thread.vtid", "Container_pid"),
    ("container.name", "container.name"),
)


_NEITHER = 2  # not read (1) and not written (0)


class Memo(dict[Any, Any]):
    """What a function makes of each key, worked out once."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[Any], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Any) -> Any:
        made = self[key] = self._make(key)
        return made


class ColourArg(Arg):
    """The argument that switches colours off: each of sysdig's chisels has its own word for that. The value is a bool.

    word     what to type
    strict   any other word is an error; otherwise it changes nothing, which standard error is told
    """

    __slots__ = ("strict", "word")

    def __init__(self, word: str = "disable_color", strict: bool = False) -> None:
        super().__init__(f"'{word}' to print without colours", optional=True, default=False)
        self.word = word
        self.strict = strict

    def convert(self, value: str) -> bool:
        if value == self.word:
            return True
        wrong = f"{self.name} must be '{self.word}', not '{value}'"
        if self.strict:
            raise UsageError(wrong)
        sys.stderr.write(f"pysysdig: {wrong}: colours stay, as in sysdig\n")
        return False


class Coloured(Chisel):
    """A chisel that prints in `colours`, unless its last argument switches them off."""

    disable_color = ColourArg()

    def __init__(self, run: RunInfo | None = None, values: dict[str, Any] | None = None) -> None:
        super().__init__(run, values)
        self.colours = Colours(not self.disable_color)


class IoBytes(Chisel):
    """Bytes read and written, printed every second of event time."""

    interval = 1.0
    fields = ("evt.rawarg.res", "evt.is_io_read")

    def on_start(self) -> None:
        self.read = self.written = 0

    def on_batch(self, batch: Batch) -> None:
        count, valid = batch.numbers("evt.rawarg.res")
        is_read, known = batch.numbers("evt.is_io_read")
        counted = valid & (count > 0)
        is_read = is_read.astype(bool) & known
        self.read += int(count[counted & is_read].sum())
        self.written += int(count[counted & ~is_read].sum())

    def on_interval(self, seconds: float) -> None:
        read, written, total = map(number, (self.read, self.written, self.read + self.written))
        self.print(f"{clock(self.now)} in:{read} out:{written} tot:{total}")
        self.read = self.written = 0


class Payload(Coloured):
    """What is read and written on some sockets, with a line in between whenever the direction changes."""

    snaplen = 1000
    fields = ("evt.arg.data", "evt.is_io_read", "evt.rawarg.res")
    writes_called: ClassVar[str] = "Write"
    disable_color = ColourArg("disable_colors")

    def on_start(self) -> None:
        self._reading = _NEITHER
        self._heading = ""

    def on_batch(self, batch: Batch) -> None:
        counts, valid = batch.numbers("evt.rawarg.res")
        some = batch.where(valid & (counts > 0))
        there = some.column("evt.arg.data").present()
        if not there.all():
            some = some.where(there)
        if not len(some):
            return
        values, known = some.numbers("evt.is_io_read")
        reading = np.where(known, values.astype(bool), _NEITHER)
        turns = np.flatnonzero(reading != np.concatenate(([self._reading], reading[:-1])))
        headings = Memo(self._headed)
        texts = [headings[key] for key in zip(reading[turns].tolist(), some.numbers("evt.rawarg.res")[0][turns].tolist())]
        run = np.zeros(len(some), np.int64)
        run[turns] = 1
        texts = [self._heading, *texts]
        self.print_lines(some, Lines([Coded(np.cumsum(run), texts, alone=True), "\n", shown(some, "evt.arg.data")], len(some)))
        self._reading, self._heading = int(reading[-1]), texts[-1]

    def _headed(self, key: tuple[int, int]) -> str:
        """The line above data that goes in another direction than what came before it."""
        reading, count = key
        colour, verb = (self.colours.red, "Read") if reading == 1 else (self.colours.blue, self.writes_called)
        return from_user(f"{colour}------ {verb} {size(count)}")

    def on_end(self) -> None:
        self.print(self.colours.reset)


class SlowIo(Coloured):
    """I/O that takes longer than a number of milliseconds."""

    min_ms = Arg("show what takes longer than this many milliseconds", type=INT)
    fields = ("evt.type", "evt.dir", "evt.datetime", "fd.name", "proc.name", "evt.latency", "container.name", "container.id")
    skipped: ClassVar[tuple[str, ...]] = ()  # descriptors whose names begin so are left out

    def on_start(self) -> None:
        titles = ["evt.datetime", "container.id", "container.name", "proc.name", "evt.type", "LATENCY(ms)", "fd.name"]
        self.print(self._row(titles))
        self.print(self._row(["-" * n for n in (23, 20, 20, 12, 8, 12, 41)]))

    def _row(self, values: list[str]) -> str:
        widths = (23, 20, 20, 12)
        cells = [cell(v, w) for v, w in zip(values, widths)]
        cells += [padded(values[4], 8), padded(values[5], 12), values[6]]
        return " ".join(cells if self.run.containers else cells[:1] + cells[3:])

    def on_batch(self, batch: Batch) -> None:
        for event, ms in slow_calls(batch, self.min_ms):
            name = text(event["fd.name"])
            if event["evt.dir"] != "<" or name.startswith(self.skipped):
                continue
            colour = self.colours.green if event["container.name"] == "host" else self.colours.blue
            names = ("evt.datetime", "container.id", "container.name", "proc.name", "evt.type")
            row = [*(text(event[n]) for n in names), f"{int(ms):12d}", name]
            self.print(colour + self._row(row), at=event)


class StandardStream(Chisel):
    """The data that goes through one of the standard descriptors."""

    snaplen = 2000
    fields: tuple[str, ...] = ("evt.rawarg.data",)

    def on_batch(self, batch: Batch) -> None:
        self.print_lines(batch, batch.values("evt.rawarg.data"))


class StateList(Chisel):
    """Lists the system as it is at the first event that passes the filter of the command line: `show` prints it."""

    category = "System State"
    state = True
    stops = True
    matching = Arg("a filter for the list", type=FILTER, optional=True, default="")

    def on_event(self, event: Event) -> None:
        self.stop()

    def on_end(self) -> None:
        if self.stopped:
            self.show()
        else:
            self.print("empty capture or no event matching the filter")

    def show(self) -> None:
        """Print the list."""
        raise NotImplementedError


class Exporter(Chisel):
    """Remembers events, and in the end writes what surrounds them, on the same threads, to a file: a second run does that."""

    dump_file_name: str | None
    dump_range_ms: float

    def on_start(self) -> None:
        self._remembered: list[tuple[int, int]] = []
        if self.dump_file_name and self.run.live:
            raise ChiselError("a live capture cannot be read a second time: events are not exported")

    def remember(self, event: Event) -> None:
        """Keep an event for the export. Needs the field thread.tid."""
        if self.dump_file_name:
            self._remembered.append((event.ts, event["thread.tid"]))

    def export(self, message: str) -> None:
        """Print the message, with {} for the number of events, and start the second run."""
        if self.dump_file_name and not self.run.live:
            self.print(message.format(len(self._remembered)))
            ms = number(self.dump_range_ms)
            around = " or ".join(f"(evt.around[{ts}]={ms} and thread.tid={tid})" for ts, tid in self._remembered)
            if around:
                self.run_again(["-F", "-r", self.run.source, "-w", self.dump_file_name, around])


def dump_file(optional: bool) -> Arg:
    """The argument that names the file of an Exporter."""
    return Arg("file to write the events around each of them to", optional=optional)


def dump_range() -> Arg:
    """The argument that says how far an Exporter goes."""
    return Arg("how far before and after it, in milliseconds (1000)", type=INT, optional=True, default=1000)


def slow_calls(batch: Batch, min_ms: float) -> Iterator[tuple[Event, float]]:
    """(event, milliseconds) of the events that took longer than `min_ms`."""
    latency, valid = batch.numbers("evt.latency")
    slow = valid & (latency / 1e6 > min_ms)
    for event, ns in zip(batch.where(slow), latency[slow].tolist()):
        yield event, float(ns) / 1e6
