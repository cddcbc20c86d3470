"""The loop that all jobs share: one capture after the other, or the running machine, and what ends it."""

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

from pysysdig.output.stream import Output
from pysysdig.replay import Limits, replay
from pysysdig.trace.opening import expand, open_any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pysysdig.cli.job import Job
    from pysysdig.cli.live import LiveSource
    from pysysdig.output.options import RenderOptions
    from pysysdig.output.progress import Bar, Percent
    from pysysdig.replay import AnySection
    from pysysdig.state.view import EventView
    from pysysdig.suppress import Suppressor
    from pysysdig.trace.opening import AnyCapture

Ints = npt.NDArray[np.int64]
# seconds for what was captured before a live run was told to end; then, and at a second signal, it ends at once: an output that
# takes nothing is waited for once more
PATIENCE, _LAST = 60.0, 0.5
_ONE = 0.25  # seconds in which two signals are one: `timeout` sends two, to the process and to its group


class Run:
    """A job under way. Subclasses say what becomes of the events."""

    def __init__(self, job: Job, options: RenderOptions) -> None:
        """options: what the views carry for rendering."""
        self._job = job
        self._options = options
        self._out = Output()
        self._filter = job.filter
        self._level = 0
        self._suppressor = _suppressor(job)
        self._live: LiveSource | None = None  # while the machine is captured
        self._starting = self._end_soon = False  # a live capture; it is to end at once
        self._asked = 0.0  # when it was first told to end

    def run(self) -> None:
        """Replay every file. Raises CaptureError once everything before the damage is out, KeyboardInterrupt on a signal."""
        ends = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
            ends.append(signal.SIGHUP)
        if not self._job.files:
            ends.append(signal.SIGALRM)  # see PATIENCE
        self._starting = not self._job.files
        previous = {s: signal.signal(s, self._interrupt) for s in ends}
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)  # see cli.main
        try:
            for path in self._job.files:
                for name in expand(path):
                    self._replay(name)
            if not self._job.files:
                self._capture()
        except KeyboardInterrupt:
            pass
        finally:
            self._conclude()
            for number, handler in previous.items():
                signal.signal(number, handler)

    # what subclasses may do in another way

    def _deliver(self, view: EventView, sel: Ints) -> None:
        """What becomes of the events `sel` of a view."""
        raise NotImplementedError

    def _needs(self, generation: str) -> int:
        """The level of state that `_deliver` needs."""
        return self._level

    def _limits(self) -> Limits:
        """What ends it, if it is not the end of the capture."""
        return Limits(self._job.count, self._job.duration)

    def _wanted(self) -> str | frozenset[int]:
        """What is captured live: events that match a filter ("": all), or of some types."""
        return self._filter

    def _sections(self, capture: AnyCapture | LiveSource) -> Iterable[AnySection]:
        """The sections of a capture, without what -U leaves out."""
        sections: Iterable[AnySection] = capture.sections()
        return self._suppressor.sections(sections) if self._suppressor else sections

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

    def _replay(self, name: str) -> None:
        again = functools.partial(open_any, name) if os.path.isfile(name) else None
        self._consume(open_any(name), self._progress(name), again)

    def _capture(self) -> None:
        from pysysdig.cli.live import LiveSource

        self._live = source = LiveSource(self._job, self._wanted())
        try:
            self._begin_capture(source)
            self._starting = False
            if self._end_soon:
                source.stop()
            self._consume(source)
        finally:
            source.report()

    def _begin_capture(self, source: LiveSource) -> None:
        """What is to be said once the machine is captured."""

    def _end_capture(self) -> None:
        """What is to be said once a capture is closed."""

    def _conclude(self) -> None:
        """The last words."""

    def _break_off(self) -> None:
        """From a signal handler: KeyboardInterrupt is raised, now or when what is being written is whole."""
        self._out.interrupt()

    # the rest

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        """A live capture ends with the events recorded until now; a second signal does not wait for them."""
        live = self._live
        if live is not None or self._starting:
            if not self._asked:
                self._asked = time.monotonic()
                self._end_soon = True
                if live is not None:
                    live.stop()
                    signal.setitimer(signal.ITIMER_REAL, PATIENCE, _LAST)
                return
            if time.monotonic() < self._asked + _ONE:
                return
        if live is not None:
            live.abandon()
            signal.setitimer(signal.ITIMER_REAL, _LAST, _LAST)
        self._break_off()

    def _consume(
        self,
        capture: AnyCapture | LiveSource,
        progress: Percent | Bar | None = None,
        again: Callable[[], AnyCapture] | None = None,
    ) -> None:
        started = time.process_time()
        limits = self._limits()
        live = self._live
        try:
            for view, sel in self._events(capture, limits, again):
                if progress is not None and len(sel):
                    progress.hide()
                if live is None and (self._job.quiet or self._job.summary):  # else only what is shown is looked at
                    view.batch.verify()
                self._deliver(view, sel)
                if progress is not None:
                    share = capture.progress()
                    if share is not None:
                        progress.update(share)
        finally:
            if live is not None:
                signal.setitimer(signal.ITIMER_REAL, 0)
            capture.close()
            if progress is not None:
                progress.close()
            self._end_capture()
            if self._job.verbose:
                seen, lost = (live.seen, live.drops) if live else (0, 0)
                suppressed = self._suppressor.count if self._suppressor else 0
                _statistics(limits.delivered, seen, lost, suppressed, time.process_time() - started)

    def _progress(self, name: str) -> Percent | Bar | None:
        asked, shared, terminal = self._job.progress, self._out.terminal, sys.stderr.isatty()
        if not asked and (shared or not terminal):
            return None
        from pysysdig.output.progress import Bar, Percent

        size = os.path.getsize(name) if os.path.isfile(name) else 0
        return Bar(name, size, asked=asked, shared=shared) if terminal else Percent()


def _suppressor(job: Job) -> Suppressor | None:
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
