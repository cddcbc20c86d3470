"""sysdig's format as one to write (sources.writing): gzip, fat files, lists of some processes, what filtered traces become."""

from __future__ import annotations

import contextlib
import gzip
import weakref
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.events.batch import EventBatch
from pysysdig.events.layout import LENGTH
from pysysdig.events.single import encode
from pysysdig.events.table import EC_INTERNAL, TYPES, load
from pysysdig.scap.versions import Versions
from pysysdig.scap.writer import CaptureWriter
from pysysdig.sources.snapshots import pruned
from pysysdig.sources.writing import Told, Writer
from pysysdig.state.context import MASK, ContextLog
from pysysdig.state.inspector import state_changing
from pysysdig.state.levels import FD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from pysysdig.sources.files import File
    from pysysdig.sources.section import Capture
    from pysysdig.sources.writing import How
    from pysysdig.state.snapshot import Snapshot
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
_TELLING = 4 << 20  # bytes of sections in the middle of a file, besides half of what there is
_BLOCK = 14  # bytes around an event: type, length twice, cpu


class Target(Writer):
    """Writes .scap files, which hold events and lists, and leave the state to those who read them."""

    def __init__(self, how: How) -> None:
        super().__init__(how)
        self.level = FD
        self.every_view = not how.complete
        self._file: File | None = None
        self._zipped: gzip.GzipFile | None = None
        self._out: CaptureWriter | None = None
        self._told: Told | None = None
        self._gathered: Iterator[Versions | None] = iter(())
        self._versions: Versions | None = None  # of a section that lacks events
        self._leading = False  # readers take what is told of containers and accounts for what was known before
        self._sections = 0  # bytes of sections in the middle of the file
        self._needed: npt.NDArray[np.bool_] | None = None

    def gather(self, again: Callable[[], AbstractContextManager[Capture]]) -> None:
        reading = contextlib.ExitStack()
        weakref.finalize(self, reading.close)  # what a trace says of threads is read when it is looked at
        found = []
        for section in reading.enter_context(again()).sections():
            recorded = None if section.complete else section.recorded(FD)
            found.append(None if recorded is None else Versions(section, recorded))
        self._gathered = iter(found)

    def section(self, told: Told) -> None:
        self._told = told
        self._versions = next(self._gathered, None)
        self._needed = None

    def feed(self, view: EventView) -> None:
        if self._versions is not None and self._told is not None:
            self._versions.feed(self._told.tap)

    def choose(self, view: EventView, sel: Ints, last: bool, begun: bool) -> Ints:
        """The events, and those the reference keeps whatever the filter says: internal ones, with -F also what changes state.
        Live, what is told about containers and accounts, too."""
        keep = self._kept(view.generation).take(view.batch.type)
        keep[sel] = True
        if last:
            keep[int(sel[-1]) + 1 if len(sel) else 0 :] = False
        if self.how.fatfile:
            hidden = keep if view.batch.hidden is None else view.batch.hidden | keep
            hidden = hidden.copy()
            hidden[sel] = False
            view.batch.hidden = hidden
        kept = np.flatnonzero(keep)
        if self.how.live and not begun:  # a file begins with what is known by then
            chosen = np.zeros(len(keep), bool)
            chosen[sel] = True
            others = np.flatnonzero(chosen[kept] | ~MASK[view.batch.type[kept]])
            return kept[others[0] :] if len(others) else kept[:0]
        return kept

    def _kept(self, generation: str) -> npt.NDArray[np.bool_]:
        """bool by event type: those written whatever the filter says."""
        if self._needed is None:
            self._needed = np.zeros(1 << 16, bool)
            for info in load(generation):
                told = self.how.live and bool(MASK[info.type])  # of containers and accounts: known at no other time
                self._needed[info.type] = bool(info.category & EC_INTERNAL) or told
            if self.how.fatfile:
                self._needed |= state_changing(generation)
        return self._needed

    def open(self, file: File) -> None:
        self._file = file
        self._sections = 0
        if self.how.compress:
            self._zipped = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, filename="")

    def head(self, snapshot: Snapshot, num: int | None) -> None:
        if self._versions is not None:
            self._head(self._versions.snapshot(), self._versions.context)
        elif num is None:
            self._head(snapshot)
        else:
            assert self._told is not None
            self._head(snapshot, self._told.context.until(num))

    def _head(self, snapshot: Snapshot, context: ContextLog | None = None, pending: EventBatch | None = None) -> None:
        """Begin a section."""
        assert self._told is not None
        if self.how.processes:
            snapshot = pruned(snapshot, self._told.generation, self.how.processes)
        self._out = CaptureWriter(self._zipped or self._file, snapshot)  # type: ignore[arg-type]
        self._leading = pending is None
        if context is not None:
            self._out.write(context.batch())
        if pending is not None:
            self._out.write(pending)

    def fitting(self, batch: EventBatch, sel: Ints, limit: int) -> int:
        assert self._file is not None
        size = self._file.size
        if size > limit:
            return 0
        if self.how.compress:
            return len(sel)
        event = batch.view("u4")[batch.off[sel] + LENGTH].astype(np.int64) + (4 if batch.v1 else 0)  # gets its parameter count
        ends = size + np.cumsum((event + _BLOCK + 3) // 4 * 4)
        return min(int(np.searchsorted(ends, limit, side="right")) + 1, len(sel))

    def write(self, view: EventView, sel: Ints) -> None:
        if self._versions is None:
            self._append(view.batch, sel)
            return
        assert self._file is not None
        for part in self._versions.parts(view, sel, self._may_tell):
            if part.snapshot is not None:
                before = self._file.size
                self._head(part.snapshot, self._versions.context, part.pending)
                self._sections += self._file.size - before
            self._append(view.batch, part.sel)

    def _may_tell(self) -> bool:
        return self._file is not None and self._sections <= _TELLING + self._file.size // 2

    def _append(self, batch: EventBatch, sel: Ints) -> None:
        if self._leading:
            told = MASK[batch.type[sel]]
            hidden = np.zeros(len(sel), bool) if batch.hidden is None else batch.hidden[sel]
            ending = np.flatnonzero(~(told & hidden))
            if len(ending):
                self._leading = False
                if told[ending[0]]:
                    self._append(batch, sel[: ending[0]])
                    self._append(_separator(int(batch.ts[sel[ending[0]]])), np.zeros(1, np.int64))
                    sel = sel[ending[0] :]
        assert self._out is not None and self._file is not None
        data, ends = self._out.encode(batch, sel)
        if self._zipped is not None:
            self._zipped.write(data)
        else:
            self._file.write(data, ends)

    def flush(self) -> None:
        """Else the compressor keeps back what a kill would lose."""
        if self._zipped is not None:
            self._zipped.flush()

    def finish(self) -> None:
        if self._zipped is not None:
            self._zipped.close()
        self.abandon()

    def abandon(self) -> None:
        self._out = self._zipped = self._file = None


def _separator(ts: int) -> EventBatch:
    """A hidden event that says nothing: what follows is no longer taken for what was known before."""
    return EventBatch.of_encoded([encode(ts, -1, TYPES["NOTIFICATION_E"], [b"\0", b"\0"])], hidden=True)


def writer_of(how: How) -> Target:
    """See sources.formats."""
    return Target(how)
