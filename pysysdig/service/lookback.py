"""Traces of what led to an alert, and of what came after it: the `capture` of rules, with seconds before the trigger.

The events of the last seconds are kept as they came. Behind them goes an Inspector that has seen only what is older, so that it
knows the state with which a trace of them begins. Once a rule asks for a trace that state and those events are written, and what
comes until its time is over.
"""

from __future__ import annotations

import contextlib
import glob
import os
from collections import deque
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from pysysdig.sources.files import File
from pysysdig.sources.formats import format_to_write
from pysysdig.sources.sink import joined
from pysysdig.sources.snapshots import snapshot_at
from pysysdig.sources.writing import How
from pysysdig.state.context import ContextLog
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import FD
from pysysdig.state.tap import Tap

if TYPE_CHECKING:
    from pysysdig.events.batch import EventBatch
    from pysysdig.service.log import Log
    from pysysdig.sources.writing import Writer
    from pysysdig.state.snapshot import Snapshot

_SECOND = 1_000_000_000
_AFTER = 1 << 40  # a position behind all of a batch
_ENOUGH = 65536  # events written at once
_SUFFIX = ".pscap"


class CaptureSettings(NamedTuple):
    """What is kept and written.

    prefix      of the files: PREFIX_<time of the trigger, ns>_<its event number>.pscap
    every       any rule asks for a trace, not only those with `capture: true`
    duration    seconds after the latest trigger, for rules that say nothing
    lookback    seconds before the first; max_events: as many of them as are kept at most
    max_bytes   of a file, 0 = no limit; max_files: that stay, the oldest go
    """

    enabled: bool
    prefix: str
    every: bool
    duration: float
    lookback: float
    max_bytes: int
    max_files: int
    max_events: int = 500_000


class LookBack:
    """See the module."""

    def __init__(self, settings: CaptureSettings, snapshot: Snapshot, generation: str, log: Log) -> None:
        self.settings = settings
        self.limits_reached = 0  # files that ended because they were too large
        self._log = log
        self._snapshot = snapshot
        self._generation = generation
        self._inspector = Inspector(snapshot, generation, FD)
        self._tap = Tap(self._inspector)
        self._context = ContextLog()
        self._inspector.listen(self._tap, self._context)
        self._kept: deque[EventBatch] = deque()
        self._count = 0
        self._newest = 0  # time of the latest event, ns
        self._file: File | None = None
        self._writer: Writer | None = None
        self._until = 0
        self.path = ""  # of the file that is being written, "" = none is

    def feed(self, batch: EventBatch) -> None:
        """The next events of the machine."""
        if len(batch):
            self._newest = max(self._newest, int(batch.ts[-1]))
            if self._file is not None:
                self._write([batch])
            self._kept.append(batch)
            self._count += len(batch)
        oldest = self._newest - int(self.settings.lookback * _SECOND)
        while self._kept and (int(self._kept[0].ts[-1]) < oldest or self._count > self.settings.max_events):
            gone = self._kept.popleft()
            self._count -= len(gone)
            self._context.feed(gone)
            self._inspector.process(gone)

    def trigger(self, time: int, number: int, seconds: float) -> str:
        """A rule asks for a trace: at this event (ns, number), until so many seconds after it. The file that has it, "" if it
        cannot be written."""
        self._until = max(self._until, time + int(seconds * _SECOND))
        if self._file is None:
            self._begin(f"{self.settings.prefix}_{time:020}_{number:020}{_SUFFIX}")
        return self.path

    def look(self, now: int) -> None:
        """End the file if its time is over; now: ns since the epoch."""
        if self._file is not None and now >= self._until:
            self.end()

    def end(self) -> None:
        """Nothing more goes to the file that is being written."""
        if self._file is not None and self._writer is not None:
            try:
                self._writer.finish()
            except OSError as error:
                self._fail(error)
            else:
                self._file.close()
                self._log.info(f"capture: {self.path}: {self._file.size} bytes")
        self._file = self._writer = None
        self.path = ""

    def _begin(self, path: str) -> None:
        try:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            self._make_room()
            self._file = File(path)
            self._writer = import_module(format_to_write("pscap", path).writer).writer_of(How(complete=True, live=True))
            self._writer.open(self._file)
            state = snapshot_at(self._tap, self._snapshot, _AFTER)
            self._writer.begin_batches(state, self._generation, self._context.batch(numbered=True))
            self.path = path
        except OSError as error:
            self._fail(error, path)
            return
        self._write(list(self._kept))

    def _make_room(self) -> None:
        """The oldest files go, so that there is room for another one."""
        if not self.settings.max_files:
            return
        found = sorted(glob.glob(glob.escape(self.settings.prefix) + "_" + "[0-9]" * 20 + "_" + "[0-9]" * 20 + _SUFFIX))
        for path in found[: max(len(found) + 1 - self.settings.max_files, 0)]:
            with contextlib.suppress(OSError):
                os.unlink(path)

    def _write(self, batches: Sequence[EventBatch]) -> None:
        """Some batches, as few writes as possible."""
        lot: list[EventBatch] = []
        count = 0
        try:
            for batch in batches:
                if lot and count + len(batch) > _ENOUGH:
                    self._put(lot)
                    lot, count = [], 0
                lot.append(batch)
                count += len(batch)
            if lot:
                self._put(lot)
        except OSError as error:
            self._fail(error)
            return
        if self._file is not None and self.settings.max_bytes and self._file.size > self.settings.max_bytes:
            self.limits_reached += 1
            self.end()

    def _put(self, lot: Sequence[EventBatch]) -> None:
        if self._writer is not None:
            self._writer.write_batch(joined(lot))

    def _fail(self, error: OSError, path: str = "") -> None:
        self._log.error(f"capture: {path or self.path}: {error.strerror or error}")
        if self._writer is not None:
            self._writer.abandon()
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = self._writer = None
        self.path = ""
