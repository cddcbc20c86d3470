"""The running machine in place of a capture file: what a run wants of it, and what is said about lost events."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pysysdig.capture import interest
from pysysdig.capture.base_calls import BaseCalls
from pysysdig.capture.engines.engine import EngineSettings
from pysysdig.capture.live import MAX_SNAPLEN, RING_SIZE, SNAPLEN, LiveCapture
from pysysdig.cli.status import StatusLine
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import TYPES
from pysysdig.sources.section import Plain

if TYPE_CHECKING:
    from pysysdig.capture.collector import Collector
    from pysysdig.settings import LiveSettings
    from pysysdig.state.snapshot import Snapshot

_SWITCHES, _SIGNALS = TYPES["SCHEDSWITCH_6_E"], TYPES["SIGNALDELIVER_E"]
_QUIET = 0.5  # seconds after its end is asked for before a run says that it goes on
_NOTE_INTERVAL = 1.0  # seconds between two messages about losses
_BEHIND, _BEHIND_INTERVAL = 1.0, 5.0  # seconds behind that are worth a message; between two of them


class LiveSource(Plain):
    """A live capture, begun. `section` stands in for the sections of a file. Raises PysysdigError."""

    line = ""  # see sources.stream.Stream

    def __init__(
        self,
        settings: LiveSettings,
        types: frozenset[int] | None,
        seconds: float | None,
        pulse: float,
        *,
        generic: Callable[[str], bool],
        exits: bool = False,
        shares: bool = False,
    ) -> None:
        """types: those that events must be of to be of any use, None: any; the probe leaves out calls that cannot make one.
        generic: whether those of a system call without a type of its own can be of any, by its name.
        seconds: when it ends, None: never. pulse: an empty batch comes after so many seconds without events. exits: exit events
        only, as the current libraries see them. shares: events that say how much CPU threads use, once a second."""
        self.may_lack_events = False
        self._capture = LiveCapture(
            snaplen=SNAPLEN if settings.snaplen is None else min(settings.snaplen, MAX_SNAPLEN),
            ring_size=settings.buffer_size or RING_SIZE,
            wanted=None if types is None else interest.names(types, generic),
            base=BaseCalls(settings.base_calls, settings.repair),
            switch=types is None or _SWITCHES in types,
            signals=types is None or _SIGNALS in types,
            faults=settings.page_faults,
            shares=shares,
            exits=exits,
            engines=_engines(settings),
            collector=_collector(settings),
        )
        self._pulse = pulse
        self._seconds = seconds
        self.snapshot = self._capture.snapshot
        self.generation = self._capture.generation
        self._said = 0
        self._said_at = self._behind_at = 0.0
        self.status = StatusLine()
        self._stopped_at: float | None = None
        self._hears: list[Callable[[EventBatch], None]] = []

    def sections(self) -> Iterator[LiveSource]:
        """The one section there is."""
        yield self

    def batches(self) -> Iterator[EventBatch]:
        """The events as they come, and empty batches while nothing comes; losses are reported on standard error on the way."""
        for batch in self._capture.batches(self._seconds, self._pulse):
            self._note()
            if self._stopped_at is not None and time.monotonic() >= self._stopped_at + _QUIET and self.status.due():
                left = self._capture.waiting
                self.status.show(f"pysysdig: about {left} captured events still to be delivered; Ctrl-C ends at once")
            for hear in self._hears:
                hear(batch)
            yield batch
        self.status.clear()

    def listen(self, hear: Callable[[EventBatch], None]) -> None:
        """`hear` is given each batch before it is delivered, as it came."""
        self._hears.append(hear)

    def want(self, types: frozenset[int], base: BaseCalls) -> None:
        """From now on events of these types are of use, and no others; base: what is recorded besides."""
        self._capture.set_interest(interest.names(types), base)

    def look_again(self) -> Snapshot:
        """The machine as it is now, as `snapshot` was at the start: what comes next happened after that, or just before."""
        return self._capture.look_again()

    def progress(self) -> float | None:
        """A live capture has no end to get nearer to."""
        return None

    @property
    def drops(self) -> int:
        """Events lost so far."""
        return self._capture.drops

    @property
    def drops_by_cpu(self) -> list[int]:
        """Events lost so far on each CPU. In any thread."""
        return self._capture.drops_by_cpu

    @property
    def seen_by_cpu(self) -> list[int]:
        """Events so far on each CPU, the lost ones among them. In any thread."""
        return self._capture.seen_by_cpu

    @property
    def program_runs(self) -> dict[str, tuple[int, int]]:
        """By the names of BPF programs: how often each has run, and for how many ns. In any thread."""
        return self._capture.program_runs

    def take_losses(self) -> list[tuple[int, int, int]]:
        """See sources.section.Capture."""
        out = list(self._capture.losses)
        self._capture.losses.clear()
        return out

    def stop(self) -> None:
        """Let `batches` end once it has delivered what was recorded. Safe in a signal handler."""
        self._stopped_at = time.monotonic()
        self._capture.stop()

    def abandon(self) -> None:
        """What has been recorded is not delivered after all: `report` is to say how much that is. Safe in a signal handler."""
        self._capture.abandon()

    @property
    def seen(self) -> int:
        """Events so far, the lost ones among them."""
        return self._capture.seen

    def close(self) -> None:
        """End the capture."""
        self._capture.close()

    @property
    def behind(self) -> float:
        """The seconds between the first event of the latest batch and its delivery."""
        return self._capture.behind

    @property
    def most_behind(self) -> float:
        """The most seconds that passed between an event and its delivery so far."""
        return self._capture.most_behind

    def _note(self) -> None:
        for note in self._capture.take_notes():
            sys.stderr.write(f"pysysdig: {note}\n")
        lost = self.drops
        behind = self._capture.behind
        if behind >= _BEHIND and self._stopped_at is None and time.monotonic() >= self._behind_at + _BEHIND_INTERVAL:
            sys.stderr.write(f"pysysdig: {behind:.1f} seconds behind the machine\n")
            self._behind_at = time.monotonic()
        if lost > self._said and time.monotonic() >= self._said_at + _NOTE_INTERVAL:
            sys.stderr.write(f"pysysdig: {lost - self._said} events lost\n")
            self._said = lost
            self._said_at = time.monotonic()

    def report(self) -> None:
        """The closing word, if any events are missing."""
        self.status.clear()
        if self._capture.left:
            sys.stderr.write(f"pysysdig: ended before about {self._capture.left} captured events were delivered\n")
        if self._capture.foreign:
            count = self._capture.foreign
            sys.stderr.write(f"pysysdig: {count} events of 32-bit system calls without a 64-bit counterpart are not shown\n")
        if self.drops:
            early = f" ({self._capture.early} of them to keep those that change state)" if self._capture.early else ""
            advice = "a larger --buffer-size or a narrower filter loses fewer"
            sys.stderr.write(f"pysysdig: {self.drops} events were lost in all{early}; {advice}\n")


def _collector(settings: LiveSettings) -> Collector | None:
    """Who tells of pods."""
    if settings.collector is None:
        return None
    from pysysdig.capture.collector import Collector  # only where one is configured

    return Collector(*settings.collector)


def _engines(settings: LiveSettings) -> EngineSettings:
    """Where container engines are, and how they are asked. Runtimes that are named are asked in place of the usual ones."""
    sockets = dict(settings.engines.sockets)
    sockets |= {name: settings.cri for name in ("cri", "containerd") if settings.cri}
    return EngineSettings(
        sockets=sockets,
        disabled=frozenset(settings.engines.disabled),
        timeout=settings.cri_timeout / 1000,
        wait=settings.cri_wait or settings.engines.wait,
        root=os.environ.get("HOST_ROOT", "").rstrip("/"),
        max_label=settings.engines.max_label,
        static=settings.engines.static,
    )
