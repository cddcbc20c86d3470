"""Runs a job: the loop between captures, or the running machine, and standard output."""

from __future__ import annotations

import functools
import os
import signal
import sys
import time
from types import FrameType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.events.table import CURRENT, EC_INTERNAL, load
from pysysdig.fields.registry import THREAD
from pysysdig.output.options import RenderOptions
from pysysdig.output.printer import Printer
from pysysdig.output.stream import Output
from pysysdig.output.template import Template, expand_escapes
from pysysdig.replay import Limits, replay
from pysysdig.trace.opening import expand, open_any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pysysdig.cli.job import Job
    from pysysdig.cli.live import LiveSource
    from pysysdig.filter import Filter
    from pysysdig.output.progress import Bar, Percent
    from pysysdig.output.summary import Summary
    from pysysdig.replay import AnySection
    from pysysdig.scap.reader import CaptureStream
    from pysysdig.state.view import EventView
    from pysysdig.suppress import Suppressor
    from pysysdig.trace.reader import TraceStream

    AnyCapture = CaptureStream | TraceStream

Ints = npt.NDArray[np.int64]
_FIRST = 256  # events printed first, so that something is seen at once
_RESET = "\x1b[00m"


class Run:
    """A job under way."""

    def __init__(self, job: Job) -> None:
        """Check filter and format, before any capture is opened; raises FilterError, FormatError."""
        self._job = job
        self._options = RenderOptions(
            buffers=job.buffers, json=job.json, max_len=0 if job.verbose else 80, ports=job.resolve_ports, time_mode=job.time
        )
        self._out = Output()
        format_ = expand_escapes(job.format)
        self._printer = Printer(Template(format_), self._options, terminal=self._out.terminal)
        self._reset = _RESET if "\x1b" in format_ else ""
        self._filter = job.filter
        self._shown: Filter | None = None
        if job.filter:
            from pysysdig.filter import compile_filter

            checked = compile_filter(job.filter)
            if job.display_filter:
                self._filter, self._shown = "", checked
        self._level = 0 if job.quiet else max(self._printer.needs, self._shown.needs if self._shown else 0)
        self._main_only = not (job.all_threads or job.quiet)
        self._summary = _summary() if job.summary else None
        self._suppressor = suppressor(job)
        self._withheld = 0  # events of other than main threads
        self._internal: dict[str, npt.NDArray[np.bool_]] = {}
        self._written = 0

    def run(self) -> None:
        """Replay every file. Raises CaptureError once everything before the damage is out, KeyboardInterrupt on a signal."""
        ends = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
            ends.append(signal.SIGHUP)
        previous = {s: signal.signal(s, self._interrupt) for s in ends}
        try:
            for path in self._job.files:
                for name in expand(path):
                    self._replay(name)
            if not self._job.files:
                self._live()
        except KeyboardInterrupt:
            pass
        finally:
            self._conclude()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _conclude(self) -> None:
        """The last words on standard output."""
        if self._summary is not None:
            self._out.write(self._summary.render())

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._out.interrupt()

    def _replay(self, name: str) -> None:
        progress = self._progress(name)
        again = functools.partial(open_any, name) if os.path.isfile(name) else None
        self._consume(open_any(name), progress, again=again)

    def _live(self) -> None:
        from pysysdig.cli.live import LiveSource

        everything = self._summary is not None or self._shown is not None
        source = LiveSource(self._job, "" if everything else self._filter)
        try:
            self._consume(source, None, source)
        finally:
            source.report()

    def _consume(
        self,
        capture: AnyCapture | LiveSource,
        progress: Percent | Bar | None,
        live: LiveSource | None = None,
        again: Callable[[], AnyCapture] | None = None,
    ) -> None:
        job = self._job
        started = time.process_time()
        limits = Limits(job.count, job.duration)
        try:
            for view, sel in self._events(capture, limits, again):
                self._deliver(view, sel)
                if progress is not None:
                    share = capture.progress()
                    if share is not None:
                        progress.update(share)
        finally:
            capture.close()
            if self._reset:
                self._out.write(self._reset)
            if progress is not None:
                progress.close()
            if self._withheld:
                sys.stderr.write(f"{self._withheld} events of other than main threads not printed; --all-threads prints them\n")
            if job.verbose:
                seen, lost = (live.seen, live.drops) if live else (0, 0)
                suppressed = self._suppressor.count if self._suppressor else 0
                _statistics(limits.delivered, seen, lost, suppressed, time.process_time() - started)

    def _events(
        self, capture: AnyCapture | LiveSource, limits: Limits, again: Callable[[], AnyCapture] | None
    ) -> Iterator[tuple[EventView, Ints]]:
        """The views to deliver."""
        return replay(
            self._sections(capture),
            self._filter,
            level=self._needs,
            limits=limits,
            options=self._options,
            names=not self._job.exclude_users,
            again=None if self._suppressor else again,
        )

    def _sections(self, capture: AnyCapture | LiveSource) -> Iterable[AnySection]:
        """The sections of a capture, without what -U leaves out."""
        sections: Iterable[AnySection] = capture.sections()
        return self._suppressor.sections(sections) if self._suppressor else sections

    def _progress(self, name: str) -> Percent | Bar | None:
        if not self._job.progress and (self._out.terminal or not sys.stderr.isatty()):
            return None
        from pysysdig.output.progress import Bar, Percent

        return Percent() if self._job.progress else Bar(name)

    def _needs(self, generation: str) -> int:
        return max(self._level, THREAD) if self._main_only and generation == CURRENT else self._level

    def _deliver(self, view: EventView, sel: Ints) -> None:
        if self._summary is not None:
            self._summary.add(view, sel)
        if self._job.quiet or not len(sel):
            return
        if not self._job.debug:
            sel = sel[~self._internal_types(view.generation)[view.batch.type[sel]]]
        if self._main_only and view.generation == CURRENT:
            shown = _of_main_threads(view, sel)
            self._withheld += len(sel) - int(np.count_nonzero(shown))
            sel = sel[shown]
        if self._shown is not None:
            sel = self._shown.select(view, sel)
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


def _of_main_threads(view: EventView, sel: Ints) -> npt.NDArray[np.bool_]:
    """Which events belong to the main thread of a process, or to none: all that the current libraries print without -a."""
    rows = view.thread[sel]
    main: npt.NDArray[np.bool_] = view.threads.number(rows, "is_main", lambda t: t.is_main or t.pid < 0, np.bool_).values
    return main | (rows < 0)


def _summary() -> Summary:
    from pysysdig.output.summary import Summary

    return Summary()


def suppressor(job: Job) -> Suppressor | None:
    """What leaves out the events of the processes named with -U, None if there are none."""
    if not job.suppressed:
        return None
    from pysysdig.suppress import Suppressor

    return Suppressor(job.suppressed)


def _statistics(delivered: int, seen: int, lost: int, suppressed: int, seconds: float) -> None:
    """-v: as sysdig prints them. A replay has no driver, so its counts are zero."""
    sys.stderr.write(f"Driver Events:{seen}\nDriver Drops:{lost}\nSuppressed by Comm:{suppressed}\n")
    rate = delivered / seconds if seconds > 0 else 0.0
    sys.stderr.write(f"Elapsed time: {seconds:.3f}, Captured Events: {delivered}, {rate:.2f} eps\n")


def run(job: Job) -> int:
    """Run a job that reads captures; returns the exit status. Raises PysysdigError, BrokenPipeError."""
    Run(job).run()
    return 0
