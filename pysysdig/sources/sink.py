"""Where the events of a run are written: one file after the other, in any format, rotated as asked."""

from __future__ import annotations

import contextlib
import os
import time
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.errors import PysysdigError, UsageError
from pysysdig.events.batch import EventBatch
from pysysdig.sources.files import STANDARD_OUTPUT, File, Identities, Names, Rotation, identities
from pysysdig.sources.snapshots import snapshot_at
from pysysdig.sources.writing import Told
from pysysdig.state.context import ContextLog
from pysysdig.state.inspector import Inspector, first_time
from pysysdig.state.tap import Tap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from pysysdig.sources.formats import Format
    from pysysdig.sources.section import Capture
    from pysysdig.sources.writing import How, Writer
    from pysysdig.state.snapshot import Snapshot
    from pysysdig.state.source import StateSource
    from pysysdig.state.view import EventView

_ENOUGH = 65536  # events
_MAX_LOSSES = 1024  # that wait
_PATIENCE = 0.5  # seconds
_AFTER = 1 << 40  # a position behind all of a batch
Ints = npt.NDArray[np.int64]
_NONE = np.empty(0, np.int64)
SECOND = 1_000_000_000


class Sink:
    """Writes what a run delivers. Raises PysysdigError where a file cannot be written; what was written before is intact.

    busy: something is being written that should not be interrupted, see `interrupt`

    base       the name given with -w
    format     see sources.formats
    how        see sources.writing
    read       files that the run reads, none of which is written to
    """

    def __init__(
        self, base: str, format_: Format, how: How, rotation: Rotation | None = None, read: Identities = frozenset()
    ) -> None:
        self._complete = how.complete
        self._live = how.live
        self._rotation = rotation = rotation or Rotation()
        self._names = Names(base, rotation, how.live)
        self._read = read
        self._standard = base == STANDARD_OUTPUT
        self._writer: Writer = import_module(format_.writer).writer_of(how)
        self._waiting: list[EventBatch] = []  # batches of the machine not written yet
        self._inspector: Inspector | None = None  # works out what they see of the state, as long as it keeps up
        self._coming: tuple[Tap, Snapshot, int] | None = None  # what is to do so, once the events are younger than its snapshot
        self._file: File | None = None
        self._empty = True  # no section has begun in it
        self._used = False  # there are events in it
        self._closed = 0  # bytes of the files that are complete
        self._written = 0  # events in the file, without hidden ones
        self._since = 0  # time of its first event, seconds
        self._snapshot: Snapshot | None = None
        self._told: Told | None = None  # the section
        self._played = False  # who knows the state tells what becomes known of containers itself
        self._flushed = 0.0
        self._views = 0  # of the section
        self._begun = False  # the file has the beginning of the section
        self._losses: list[tuple[int, int, int]] = []  # not written yet
        self._stop = False
        self.busy = False
        # say at once whether it can be written
        taken = self._names.existing(read)
        if taken is not None:
            what = "it is the file that" if taken == base else f"it would overwrite {taken}, which"
            raise UsageError(f"-w {base}: {what} -r reads; write to another one")
        if not rotation.rotates:
            self._open(0)
        elif not os.access(os.path.dirname(base) or ".", os.W_OK | os.X_OK):
            raise PysysdigError(f"{base}: cannot be written: no such directory, or no permission")

    def begin(self, snapshot: Snapshot, generation: str, inspector: StateSource, whole: bool = True) -> None:
        """What follows are the events of a section; whole: of all events, filtered files are not."""
        self._snapshot = snapshot
        self._told = Told(generation, Tap(inspector), ContextLog(), whole)
        self._played = inspector.listen(self._told.tap, self._told.context)
        self._views = 0
        self._begun = False
        self._writer.section(self._told)

    def gather(self, again: Callable[[], AbstractContextManager[Capture]]) -> None:
        """The capture that is read may lack events: find out first what all those it has say about the machine."""
        self._writer.gather(again)

    @property
    def every_view(self) -> bool:
        """Whether it has to see views without events, too."""
        return self._writer.every_view

    @property
    def level(self) -> int:
        """The level of state that the views must have."""
        return self._writer.level

    @property
    def size(self) -> int:
        """Bytes written so far, to all files."""
        return self._closed + (self._file.size if self._file is not None else 0)

    @property
    def takes_batches(self) -> bool:
        """Whether batches can be written without views: one complete file, in a format that can do with that."""
        one = self._file is not None and not self._rotation.rotates
        return self._complete and self._writer.takes_batches and one

    def interrupt(self) -> None:
        """From a signal handler while the sink is `busy`: KeyboardInterrupt is raised once what is being written is complete;
        a second call does not wait for that."""
        if self._stop:
            raise KeyboardInterrupt
        self._stop = True

    @contextlib.contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """Put interrupts off, and turn failures into messages."""
        self.busy = True
        try:
            yield
        except OSError as e:
            failure = self._failure(e)
            if isinstance(e, BrokenPipeError) and self._standard:
                raise
            raise failure from None
        finally:
            self.busy = False
        if self._stop:
            self._stop = False
            raise KeyboardInterrupt

    def lose(self, count: int, first: int, last: int) -> None:
        """Events were lost between two times (ns): our own files say so."""
        if len(self._losses) == _MAX_LOSSES:  # nothing has been written for a long time
            before, since, _ = self._losses.pop()
            count, first = before + count, since
        self._losses.append((count, first, last))

    def begin_batches(self, snapshot: Snapshot, generation: str, state: bool) -> None:
        """What follows are batches. state: what they see of it is worked out here and written, too, until `hurry` is called."""
        if state:
            self._inspector = Inspector(snapshot, generation, self.level)
            self.begin(snapshot, generation, self._inspector)
            return
        with self._undisturbed():
            self._empty = False
            self._writer.begin_batches(snapshot, generation)

    def hurry(self) -> None:
        """Leave the state to the readers from here on: it takes too long. A new section begins with what is known by now.

        What calls that are under way began with is not in the section.
        """
        if self._coming is not None:
            self._coming = None
            return
        assert self._inspector is not None and self._told is not None and self._snapshot is not None
        self._inspector = None
        with self._undisturbed():
            if not self._begun:
                self._begin(0, 0)
            now = snapshot_at(self._told.tap, self._snapshot, _AFTER)
            now.first_ts = self._told.tap.inspector.first_ts
            self._writer.begin_batches(now, self._told.generation, self._told.context.batch(numbered=True))

    def resume(self, snapshot: Snapshot, at: int) -> None:
        """After `hurry`: work the state out again. snapshot: threads and descriptors at a time, ns; the events that follow may be
        older, and of processes that were gone by then. They are still left to readers; a new section begins after them."""
        told = self._told
        assert self._inspector is None and told is not None
        with self._undisturbed():
            self._flush()
        self._coming = Tap(Inspector(snapshot, told.generation, self.level)), snapshot, at

    def _take_up(self, tap: Tap, start: Snapshot) -> None:
        """A new section, with what is known by now; containers and accounts it knows from those before it."""
        told = self._told
        assert told is not None
        self._coming = None
        snapshot = snapshot_at(tap, start, _AFTER)
        snapshot.first_ts = told.tap.inspector.first_ts
        self._inspector = Inspector(snapshot, told.generation, self.level)
        self.begin(snapshot, told.generation, self._inspector)
        known = told.context.batch(numbered=True)
        if len(known):
            self._write(self._inspector.process(known), _NONE, False)

    def write_batch(self, batch: EventBatch, count: int) -> None:
        """The first `count` events of a batch; they are written when there are enough for a frame, or after a while."""
        if count < len(batch):
            batch = batch.subset(np.arange(count, dtype=np.int64))
        held = sum(map(len, self._waiting))
        if held and held + count > _ENOUGH:
            with self._undisturbed():
                self._flush()
            held = 0
        if count:
            self._waiting.append(batch)
        held += count
        if held >= _ENOUGH or (held and time.monotonic() - self._flushed >= _PATIENCE):
            with self._undisturbed():
                self._flush()

    def _flush(self) -> None:
        """Write the batches that wait."""
        waiting, self._waiting = self._waiting, []
        self._flushed = time.monotonic()
        if waiting:
            batch = joined(waiting)
            if self._coming is not None and int(batch.ts[0]) > self._coming[2]:
                self._take_up(*self._coming[:2])
            if self._inspector is not None:
                self._write(self._inspector.process(batch), _NONE, False)
            else:
                if self._told is not None:
                    self._told.context.feed(batch)
                    before = self._told.tap.inspector
                    before.first_ts = before.first_ts or first_time(batch)
                self._writer.write_batch(batch)
                if self._coming is not None:  # on top of what it begins with, as at the start of a capture
                    self._coming[0].inspector.process(batch)
        self._say_losses()

    def _say_losses(self) -> None:
        while self._losses and self._writer.lose(*self._losses[0]):
            del self._losses[0]

    def write(self, view: EventView, sel: Ints, last: bool = False) -> None:
        """The events `sel` of the next view; last: nothing after them is wanted."""
        with self._undisturbed():
            self._write(view, sel, last)

    def skip(self, view: EventView) -> None:
        """The events of the next view are not written: what is written next begins a file, which knows what they changed."""
        if self._file is not None:
            with self._undisturbed():
                self._finish()
        self._follow(view)

    def _follow(self, view: EventView) -> None:
        if not self._played and self._told is not None:
            self._told.context.feed(view.batch)
        self._views += 1
        self._writer.feed(view)

    def _write(self, view: EventView, sel: Ints, last: bool) -> None:
        self._follow(view)
        if self._complete:
            end = len(view) if not last else int(sel[-1]) + 1 if len(sel) else 0
            sel = np.arange(end, dtype=np.int64)
        else:
            sel = self._writer.choose(view, sel, last, self._begun)
        while len(sel):
            if self._file is None:
                self._open(int(view.batch.ts[sel[0]]) // SECOND)
            if not self._begun:
                self._begin(int(sel[0]), int(view.batch.num[sel[0]]))
            n = self._room(view, sel)
            if not n and not self._used:
                n = len(sel)  # its beginning alone is too large
            if n:
                self._append(view, sel[:n])
                sel = sel[n:]
            if len(sel):
                self._open(int(view.batch.ts[sel[0]]) // SECOND)
        if self._live and time.monotonic() - self._flushed >= _PATIENCE:
            self._writer.flush()
            self._flushed = time.monotonic()

    def close(self) -> None:
        """End the file at hand; a run without events leaves one that says so."""
        with self._undisturbed():
            self._flush()
            if self._empty and self._told is not None and self._file is not None:
                self._begin(0, 0)
            self._finish()
        if self._writer.damage is not None:
            raise self._writer.damage

    # what is written

    def _room(self, view: EventView, sel: Ints) -> int:
        """How many of the events go into the file at hand."""
        r = self._rotation
        room = len(sel)
        shown = np.ones(room, bool) if view.batch.hidden is None else ~view.batch.hidden[sel]
        if r.events:
            room = min(room, int(np.searchsorted(np.cumsum(shown), r.events - self._written, side="right")))
        if r.seconds:
            ts = view.batch.ts[sel].astype(np.int64) // SECOND
            if not self._since and shown.any():
                self._since = int(ts[int(np.argmax(shown & (ts > 0)))])  # events made up at the start may have no time
            late = (ts - self._since >= r.seconds) & (self._since > 0) & shown
            if late.any():
                room = min(room, int(np.argmax(late)))
        if r.size and room:
            room = min(room, self._writer.fitting(view.batch, sel[:room], r.size))
        return room

    def _append(self, view: EventView, sel: Ints) -> None:
        self._writer.write(view, sel)
        self._used = True
        self._say_losses()
        hidden = view.batch.hidden
        self._written += len(sel) if hidden is None else int(np.count_nonzero(~hidden[sel]))

    def _begin(self, pos: int, num: int) -> None:
        """Write what comes before the first event of a section in a file, the one at `pos` of the batch with that number."""
        assert self._snapshot is not None and self._told is not None
        start = self._views <= 1 and pos == 0
        known = start or not self._told.whole
        snapshot = self._snapshot if known else snapshot_at(self._told.tap, self._snapshot, pos)
        self._begun = True
        self._empty = False
        self._writer.head(snapshot, None if start else num)

    # files

    def _open(self, seconds: int) -> None:
        """The next file. Raises PysysdigError."""
        name, old = self._names.next(seconds)
        try:
            self._finish()
            if old is not None:
                with contextlib.suppress(FileNotFoundError):
                    if not identities([old]) & self._read:
                        os.unlink(old)
            self._file = File(name, self._read)
        except OSError as e:
            raise self._failure(e, name) from None
        self._writer.open(self._file)
        self._written = self._since = 0
        self._begun = self._used = False
        self._empty = True

    def _finish(self) -> None:
        if self._file is not None:
            self._say_losses()
            self._writer.finish()
            self._file.close()
            self._closed += self._file.size
        self._file = None

    def _failure(self, error: OSError, name: str = "") -> PysysdigError:
        self._writer.abandon()
        name = name or (self._file.name if self._file is not None else "")
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = None
        return PysysdigError(f"{name}: cannot be written: {error.strerror or error}")


def joined(batches: Sequence[EventBatch]) -> EventBatch:
    """Some batches (of encoded events with parameter counts) as one."""
    if len(batches) == 1:
        return batches[0]
    starts = np.cumsum([0, *(len(b.buf) for b in batches)])
    hidden = [np.zeros(len(b), bool) if b.hidden is None else b.hidden for b in batches]
    return EventBatch(
        np.concatenate([b.buf for b in batches]),
        np.concatenate([b.off + start for b, start in zip(batches, starts)]),
        np.concatenate([b.num for b in batches]),
        np.concatenate([b.cpu for b in batches]),
        hidden=np.concatenate(hidden) if any(b.hidden is not None for b in batches) else None,
        name=batches[0].name,
    )
