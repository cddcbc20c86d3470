"""The loop that all runs share: one capture after the other, or the running machine, and what ends it."""

from __future__ import annotations

import _thread
import functools
import os
import signal
import sys
import time
from contextlib import ExitStack
from types import FrameType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.cli import startup
from pysysdig.cli.consumer import Start
from pysysdig.cli.memory import FreeMemory
from pysysdig.errors import CaptureError, LeftOut
from pysysdig.events.table import CURRENT
from pysysdig.output.terminal import escaped
from pysysdig.replay import Limits, replay
from pysysdig.sources.opening import expand, in_turn, open_any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pysysdig.cli.consumer import Consumer
    from pysysdig.cli.live import LiveSource
    from pysysdig.output.progress import Bar, Percent
    from pysysdig.output.stream import Output
    from pysysdig.replay import Wanted
    from pysysdig.settings import LiveSettings, RunSettings
    from pysysdig.sources.opening import AnyCapture
    from pysysdig.sources.section import Section
    from pysysdig.sources.suppress import Suppressor
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
# seconds for what was captured before a live run was told to end; then, and at a second signal, it ends at once: an output that
# takes nothing is waited for once more
PATIENCE, _LAST = 60.0, 0.5
_SOON = 0.005  # seconds until an interrupt that had no effect comes again
_ADDRESSES = ("http://", "https://", "file://")
_ONE = 0.25  # seconds in which two signals are one: `timeout` sends two, to the process and to its group


class Run:
    """Events of one capture after the other, or of the running machine, to consumers."""

    def __init__(
        self,
        settings: RunSettings,
        live: LiveSettings,
        consumers: Sequence[Consumer],
        out: Output,
        *,
        wanted: Wanted,
        limit: int | None,
        convert: bool = False,
        hangs_up: bool = True,
        last: bool = True,
    ) -> None:
        """wanted: the events that consumers get; limit: of delivered events;
        convert: captures are seen as the current libraries see them; hangs_up: SIGHUP ends it; last: the process ends with it."""
        self._settings = settings
        self._live_settings = live
        self._consumers = tuple(consumers)
        self._out = out
        self._wanted = wanted
        self._limit = limit
        self._convert = convert
        self._hangs_up = hangs_up
        self._last = last
        self._writer = next((c for c in consumers if c.sink is not None), None)
        self._suppressor = _suppressor(settings.suppressed)
        self._faults: list[str] = []  # what of the input could not be used
        self._over = False  # a consumer has ended it
        self._live: LiveSource | None = None  # while the machine is captured
        self._starting = self._end_soon = False  # a live capture; it is to end at once
        self._asked = 0.0  # when it was first told to end
        self._concluded = False  # all is done but to leave the process

    def run(self) -> None:
        """Replay every file. Raises CaptureError once everything before the damage is out, KeyboardInterrupt on a signal."""
        ends = [signal.SIGINT, signal.SIGTERM]
        if self._hangs_up and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
            ends.append(signal.SIGHUP)
        if self._settings.live:
            ends.append(signal.SIGALRM)  # see PATIENCE
        self._starting = self._settings.live
        hook, sys.unraisablehook = sys.unraisablehook, _again
        with startup.handling(dict.fromkeys(ends, self._interrupt), self._last):
            startup.keep()
            try:
                self._replay_all()
            except KeyboardInterrupt:
                pass
            finally:
                with ExitStack() as stack:
                    stack.callback(self._out.check)
                    for consumer in reversed(self._consumers):
                        stack.callback(consumer.conclude)
                self._concluded = True
                sys.unraisablehook = hook

    def _replay_all(self) -> None:
        """The files and the machine. Raises CaptureError of the inputs that could not be used."""
        for path in self._settings.files:
            for name in in_turn(expand(path)):
                if not self._over:
                    self._replay(name)
        if self._settings.live:
            self._capture()
        if self._faults:
            raise CaptureError("; ".join(self._faults))

    def _types(self) -> frozenset[int] | None:
        """The types of events that are of any use to a consumer; None: any."""
        passing = self._wanted.event_types()
        used: frozenset[int] = frozenset()
        for consumer in self._consumers:
            wants = consumer.wants()
            if wants is None:
                return passing
            used |= wants
        return used if passing is None else used & passing

    def _needs(self, generation: str) -> int:
        return max(c.needs(generation) for c in self._consumers)

    def _sections(self, capture: AnyCapture | LiveSource) -> Iterable[Section]:
        """The sections of a capture, without what -U leaves out."""
        sections: Iterable[Section] = capture.sections()
        if self._suppressor:
            sections = self._suppressor.sections(sections)
        if self._convert and (self._live is None or self._live.generation != CURRENT):
            from pysysdig.sources.convert import converted

            sections = converted(sections)
        return sections

    def _events(
        self, capture: AnyCapture | LiveSource, limits: Limits, again: Callable[[], AnyCapture] | None
    ) -> Iterator[tuple[EventView, Ints]]:
        """The views to deliver. Opened again, events would not be suppressed, converted or written."""
        only_here = self._suppressor or self._convert or self._writer or any(c.from_first for c in self._consumers)
        return replay(
            self._sections(capture),
            self._wanted,
            level=self._needs,
            limits=limits,
            names=self._writer is not None or not self._settings.exclude_users,
            again=None if only_here else again,
            sink=self._writer.sink if self._writer else None,
        )

    def _replay(self, name: str) -> None:
        again = functools.partial(open_any, name) if os.path.isfile(name) else None
        try:
            self._consume(_opened(name), name, self._progress(name), again)
        except LeftOut as error:  # which files come after it does not depend on
            self._faults.append(str(error))

    def _capture(self) -> None:
        from pysysdig.cli.live import LiveSource

        seconds = self._settings.duration / 1e9 if self._settings.duration else None
        pulse = min(c.pulse for c in self._consumers)
        exits = self._convert and not self._suppressor  # that leaves out events as they are recorded, in pairs
        self._live = source = LiveSource(
            self._live_settings,
            self._types(),
            seconds,
            pulse,
            generic=self._wanted.may_be_call,
            exits=exits,
            shares=any(c.shares for c in self._consumers),
        )
        try:
            self._consume(source)
        finally:
            source.report()

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        """A live capture ends with the events recorded until now; a second signal does not wait for them. After the run the first
        one changes nothing, and the second ends the process: something must be in its way."""
        if self._concluded:
            self._asked = self._asked or time.monotonic()
            if time.monotonic() >= self._asked + _ONE:
                os._exit(128 + number)
            return
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
        if not any(c.break_off() for c in self._consumers):
            self._out.interrupt()

    def _consume(
        self,
        capture: AnyCapture | LiveSource,
        name: str = "",
        progress: Percent | Bar | None = None,
        again: Callable[[], AnyCapture] | None = None,
    ) -> None:
        started = time.process_time()
        limits = Limits(self._limit, self._settings.duration)
        live = self._live
        try:
            start = Start(name, capture, live, limits, again)
            for consumer in self._consumers:
                self._over |= not consumer.begin(start)
            if live is not None:
                self._starting = False
                if self._end_soon:
                    live.stop()
            if not self._over:
                self._deliver(capture, limits, progress, again)
        finally:
            if live is not None:
                signal.setitimer(signal.ITIMER_REAL, 0)
            capture.close()
            if progress is not None:
                progress.close()
            for consumer in self._consumers:
                consumer.end()
            if self._settings.verbose:
                seen, lost = (live.seen, live.drops) if live else (0, 0)
                suppressed = self._suppressor.count if self._suppressor else 0
                _statistics(limits.delivered, seen, lost, suppressed, time.process_time() - started)
                if live is not None:
                    sys.stderr.write(f"Seconds behind: {live.most_behind:.3f} at most\n")

    def _deliver(
        self,
        capture: AnyCapture | LiveSource,
        limits: Limits,
        progress: Percent | Bar | None,
        again: Callable[[], AnyCapture] | None,
    ) -> None:
        writer = self._writer
        if self._live is not None and writer is not None and not self._suppressor:
            if all(c.idle or c is writer for c in self._consumers) and writer.copy(self._live, limits):
                return
        memory = FreeMemory()
        for view, sel in self._events(capture, limits, again):
            memory.look()
            if progress is not None and len(sel):
                progress.hide()
            if self._live is None:
                view.batch.verify()  # damage is said, whether or not anything shows it
            for consumer in self._consumers:
                self._over |= consumer.deliver(view, sel)
            if progress is not None:
                share = capture.progress()
                if share is not None:
                    progress.update(share)
            if self._over:
                return
            del view  # the memory of its columns is there for the next one

    def _progress(self, name: str) -> Percent | Bar | None:
        asked, shared, terminal = self._settings.progress, self._out.terminal, sys.stderr.isatty()
        if not asked and (shared or not terminal):
            return None
        from pysysdig.output.progress import Bar, Percent

        size = os.path.getsize(name) if os.path.isfile(name) else 0
        return Bar(name, size, asked=asked, shared=shared) if terminal else Percent()


def _again(ignored: sys.UnraisableHookArgs) -> None:
    """An interrupt that came while a callback of the interpreter's ran (imports have such) was thrown away there: once more."""
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        _thread.start_new_thread(_interrupted, (_thread.get_ident(),))
    else:
        sys.__unraisablehook__(ignored)


def _interrupted(thread: int) -> None:
    time.sleep(_SOON)  # the callback has ended by then
    signal.pthread_kill(thread, signal.SIGINT)


def _opened(name: str) -> AnyCapture:
    """A file, or events that are posted to an address, or written to a file that is followed. Raises PysysdigError."""
    if name.startswith(_ADDRESSES):
        from pysysdig.service.listening import opened

        capture = opened(name)
        capture.faults.hear = _say_left_out
        return capture
    return open_any(name)


def _say_left_out(what: str) -> None:
    sys.stderr.write(escaped(f"pysysdig: {what}; left out\n"))


def _suppressor(names: Sequence[str]) -> Suppressor | None:
    """What leaves out the events of the processes of these names (-U), None if there are none."""
    if not names:
        return None
    from pysysdig.sources.suppress import Suppressor

    return Suppressor(names)


def _statistics(delivered: int, seen: int, lost: int, suppressed: int, seconds: float) -> None:
    """-v: as sysdig prints them. A replay has no driver, so its counts are zero."""
    sys.stderr.write(f"Driver Events:{seen}\nDriver Drops:{lost}\nSuppressed by Comm:{suppressed}\n")
    rate = delivered / seconds if seconds > 0 else 0.0
    sys.stderr.write(f"Elapsed time: {seconds:.3f}, Captured Events: {delivered}, {rate:.2f} eps\n")
