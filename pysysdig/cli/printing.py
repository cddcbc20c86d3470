"""Consumers that print events, or sum them up."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.cli.consumer import Consumer, Start
from pysysdig.events.table import CURRENT
from pysysdig.format.printer import Printer
from pysysdig.format.template import Template, expand_escapes
from pysysdig.render.options import RenderOptions
from pysysdig.settings import COLOUR, PLAIN
from pysysdig.state.levels import THREAD
from pysysdig.state.shown import Shown

if TYPE_CHECKING:
    from pysysdig.filter import Filter
    from pysysdig.output.stream import Output
    from pysysdig.replay import Wanted
    from pysysdig.settings import ShowSettings
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
_FIRST = 256  # events printed first, so that something is seen at once
_AT_ONCE = 1 << 15  # events whose texts are there at a time
_RESET = "\x1b[00m"
NOTHING = "no events passed the filter\n"


def render_options(show: ShowSettings) -> RenderOptions:
    """How events are rendered to be printed."""
    return RenderOptions(
        buffers=show.buffers,
        json=show.json,
        max_len=0 if show.full else 80,
        ports=show.resolve_ports,
        time_mode=show.time,
    )


class Printing(Consumer):
    """Prints the events; not if `quiet`."""

    def __init__(self, show: ShowSettings, out: Output, *, filtered: bool, shown: Wanted | None) -> None:
        """Check the format, before any capture is opened; raises FormatError.

        filtered: a filter chooses what comes here; shown: another one chooses what of it is shown, None: all of it."""
        format_ = expand_escapes(show.format)
        self._printer = self._usual = Printer(Template(format_, render_options(show)), terminal=out.terminal)
        self._show = show
        self._out = out
        self._reset = _RESET if "\x1b" in format_ else ""
        self._shown: Filter | None = shown.checked if shown is not None else None
        self._filtered = filtered or (self._shown is not None and not show.quiet)
        self.idle = show.quiet and not self._filtered
        self._quiet = show.quiet
        self._debug = show.debug
        self._level = 0 if show.quiet else max(self._printer.needs, self._shown.needs if self._shown else 0)
        self._main_only = not (show.all_threads or show.quiet)
        self._selects = Shown(all_threads=not self._main_only)
        self._written = 0
        self._read = self._passed = False  # a capture to its end; an event that passed all filters

    def needs(self, generation: str) -> int:
        return max(self._level, THREAD) if self._main_only and generation == CURRENT else self._level

    def begin(self, start: Start) -> bool:
        self._printer = self._usual
        line = start.capture.line
        if line and self._show.format in (PLAIN, COLOUR):
            options = render_options(self._show)._replace(max_len=0)
            self._printer = Printer(Template(line, options), terminal=self._out.terminal)
        return True

    def deliver(self, view: EventView, sel: Ints) -> bool:
        self._passed = self._passed or (len(sel) > 0 and self._shown is None)
        if self._quiet or not len(sel):
            return False
        sel = self._selects.of(view, sel, internal=self._debug)
        if self._shown is not None:
            sel = self._shown.select(view, sel)
            self._passed = self._passed or len(sel) > 0
        at = 0
        if not self._written:
            at = _FIRST
            self._print(view, sel[:at])
        self._print(view, sel[at:])
        return False

    def end(self) -> None:
        self._read = True
        if self._reset:
            self._out.write(self._reset)
        withheld = self._selects.withheld
        if withheld:
            sys.stderr.write(f"{withheld} events of other than main threads not printed; --all-threads prints them\n")

    def conclude(self) -> None:
        if self._read and not self._passed and self._filtered and for_people():
            sys.stderr.write(NOTHING)

    def _print(self, view: EventView, sel: Ints) -> None:
        for at in range(0, len(sel), _AT_ONCE):
            for text in self._printer.texts(view, sel[at : at + _AT_ONCE]):
                self._out.write(text)
                self._written += len(text)


class Summing(Consumer):
    """-S: how often each event occurred, at the end."""

    def __init__(self, out: Output) -> None:
        from pysysdig.format.summary import Summary

        self._out = out
        self._summary = Summary()

    def deliver(self, view: EventView, sel: Ints) -> bool:
        self._summary.add(view, sel)
        return False

    def conclude(self) -> None:
        self._out.write(self._summary.render())


def for_people() -> bool:
    """Whether standard error is a terminal: what goes without saying elsewhere is said there."""
    return sys.stderr is not None and sys.stderr.isatty()
