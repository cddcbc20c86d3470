"""A run that prints events, or sums them up."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.cli.run import Run
from pysysdig.events.table import CURRENT, EC_INTERNAL, load
from pysysdig.output.options import RenderOptions
from pysysdig.output.printer import Printer
from pysysdig.output.template import Template, expand_escapes
from pysysdig.state.levels import THREAD
from pysysdig.state.threads import LEADS

if TYPE_CHECKING:
    from pysysdig.cli.job import Job
    from pysysdig.filter import Filter
    from pysysdig.output.summary import Summary
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
_FIRST = 256  # events printed first, so that something is seen at once
_RESET = "\x1b[00m"


class PrintRun(Run):
    """A job that prints. With `quiet` it does not."""

    def __init__(self, job: Job) -> None:
        """Check filter and format, before any capture is opened; raises FilterError, FormatError."""
        options = RenderOptions(
            buffers=job.buffers, json=job.json, max_len=0 if job.verbose else 80, ports=job.resolve_ports, time_mode=job.time
        )
        super().__init__(job, options)
        format_ = expand_escapes(job.format)
        self._printer = Printer(Template(format_), options, terminal=self._out.terminal)
        self._reset = _RESET if "\x1b" in format_ else ""
        self._shown: Filter | None = None
        if job.filter:
            from pysysdig.filter import compile_filter

            checked = compile_filter(job.filter)
            if job.display_filter:
                self._filter, self._shown = "", checked
        self._level = 0 if job.quiet else max(self._printer.needs, self._shown.needs if self._shown else 0)
        self._main_only = not (job.all_threads or job.quiet)
        self._summary = _summary() if job.summary else None
        self._withheld = 0  # events of other than main threads
        self._internal: dict[str, npt.NDArray[np.bool_]] = {}
        self._written = 0
        self._read = self._passed = False  # a capture to its end; an event that passed all filters

    def _needs(self, generation: str) -> int:
        return max(self._level, THREAD) if self._main_only and generation == CURRENT else self._level

    def _wanted(self) -> str | frozenset[int]:
        everything = self._summary is not None or self._shown is not None
        return "" if everything else super()._wanted()

    def _end_capture(self) -> None:
        self._read = True
        if self._reset:
            self._out.write(self._reset)
        if self._withheld:
            sys.stderr.write(f"{self._withheld} events of other than main threads not printed; --all-threads prints them\n")

    def _conclude(self) -> None:
        if self._summary is not None:
            self._out.write(self._summary.render())
        if self._read and not self._passed and self._filtered and _for_people():
            sys.stderr.write("no events passed the filter\n")

    @property
    def _filtered(self) -> bool:
        """Whether there is a filter that could have let nothing pass."""
        return bool(self._filter or (self._shown is not None and not self._job.quiet))

    def _deliver(self, view: EventView, sel: Ints) -> None:
        self._passed = self._passed or (len(sel) > 0 and self._shown is None)
        if self._summary is not None:
            self._summary.add(view, sel)
        if self._job.quiet or not len(sel):
            return
        if not self._job.debug:
            sel = sel[~self._internal_types(view.generation)[view.batch.type_of(sel)]]
        if self._main_only and view.generation == CURRENT:
            shown = _of_main_threads(view, sel)
            self._withheld += len(sel) - int(np.count_nonzero(shown))
            sel = sel[shown]
        if self._shown is not None:
            sel = self._shown.select(view, sel)
            self._passed = self._passed or len(sel) > 0
        at = 0
        if not self._written:
            at = _FIRST
            self._print(view, sel[:at])
        self._print(view, sel[at:])

    def _print(self, view: EventView, sel: Ints) -> None:
        if len(sel):
            text = self._printer.render(view, sel)
            if text:
                self._out.write(text)
                self._written += len(text)

    def _internal_types(self, generation: str) -> npt.NDArray[np.bool_]:
        known = self._internal.get(generation)
        if known is None:
            known = self._internal[generation] = np.array([bool(t.category & EC_INTERNAL) for t in load(generation)])
        return known


def _for_people() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _of_main_threads(view: EventView, sel: Ints) -> npt.NDArray[np.bool_]:
    """Which events belong to the main thread of a process, or to none: all that the current libraries print without -a."""
    rows = view.thread_at(sel)
    main: npt.NDArray[np.bool_] = view.threads.number(rows, LEADS).values
    return main | (rows < 0)


def _summary() -> Summary:
    from pysysdig.output.summary import Summary

    return Summary()


def run(job: Job) -> int:
    """Run a job that reads captures; returns the exit status. Raises PysysdigError, BrokenPipeError."""
    PrintRun(job).run()
    return 0
