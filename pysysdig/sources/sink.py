"""Where the events of a run are written: one file after the other, in either format, rotated as asked."""

from __future__ import annotations

import contextlib
import gzip
import os
import time
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.errors import CaptureError, PysysdigError, UsageError
from pysysdig.events.layout import LENGTH
from pysysdig.events.table import EC_INTERNAL, load
from pysysdig.scap.writer import CaptureWriter
from pysysdig.sources.context import MASK, ContextLog
from pysysdig.sources.files import STANDARD_OUTPUT, File, Identities, Names, Rotation, identities
from pysysdig.sources.snapshots import pruned, snapshot_at
from pysysdig.sources.tap import Tap
from pysysdig.state.inspector import Inspector, state_changing
from pysysdig.state.levels import COUNTERS, FD
from pysysdig.trace.playback import Playback
from pysysdig.trace.reader import TraceSection
from pysysdig.trace.versions import Versions
from pysysdig.trace.writer import TraceWriter, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from pysysdig.events.batch import EventBatch
    from pysysdig.sources.opening import AnyCapture
    from pysysdig.state.snapshot import Snapshot
    from pysysdig.state.source import StateSource
    from pysysdig.state.view import EventView

_ENOUGH = 65536  # events
_MAX_LOSSES = 1024  # that wait
_TELLING = 4 << 20  # bytes of sections in the middle of a .scap file, besides half of what there is
_PATIENCE = 0.5  # seconds
_AFTER = 1 << 40  # a position behind all of a batch
Ints = npt.NDArray[np.int64]
_NONE = np.empty(0, np.int64)
SECOND = 1_000_000_000
_BLOCK = 14  # bytes around an event in a .scap block: type, length twice, cpu


class Sink:
    """Writes what a run delivers. Raises PysysdigError where a file cannot be written; what was written before is intact.

    busy: something is being written that should not be interrupted, see `interrupt`

    base       the name given with -w
    scap       in sysdig's format
    complete   there is no filter: every event is written, hidden ones, too
    compress   gzip (.scap only)
    fatfile    .scap: events that change state are kept, hidden, although the filter refuses them
    processes  .scap: a filter that processes must pass to be listed, "" = all are
    shared     the caller goes on to look at views that were written
    read       files that the run reads, none of which is written to
    """

    def __init__(
        self,
        base: str,
        *,
        scap: bool,
        complete: bool,
        rotation: Rotation,
        live: bool = False,
        compress: bool = False,
        fatfile: bool = False,
        processes: str = "",
        shared: bool = False,
        read: Identities = frozenset(),
    ) -> None:
        self._scap = scap
        self._complete = complete
        self._rotation = rotation
        self._names = Names(base, rotation, live)
        self._read = read
        self._standard = base == STANDARD_OUTPUT
        self._compress = compress
        self._fatfile = fatfile
        self._processes = processes
        self._live = live
        self._background = not live and not shared
        self._gathered: Iterator[Versions | None] = iter(())
        self._versions: Versions | None = None  # of a filtered trace that becomes a .scap file
        self._told = 0  # bytes of sections in the middle of the file
        self._waiting: list[EventBatch] = []  # batches of the machine not written yet
        self._inspector: Inspector | None = None  # works out what they see of the state, as long as it keeps up
        self._file: File | None = None
        self._zipped: gzip.GzipFile | None = None
        self._out: TraceWriter | CaptureWriter | None = None
        self._closed = 0  # bytes of the files that are complete
        self._written = 0  # events in the file, without hidden ones
        self._since = 0  # time of its first event, seconds
        self._snapshot: Snapshot | None = None
        self._generation = ""
        self._whole = True
        self._tap: Tap | None = None
        self._context = ContextLog()
        self._played = False  # a Playback tells what becomes known of containers itself
        self._flushed = 0.0
        self._live = live
        self._views = 0  # of the section
        self._begun = False  # the file has the beginning of the section
        self._needed: npt.NDArray[np.bool_] | None = None
        self._losses: list[tuple[int, int, int]] = []  # not written yet
        self._damage: CaptureError | None = None
        self._stop = False
        self.busy = False
        # say at once whether it can be written
        taken = self._names.existing(read)
        if taken is not None:
            what = "it is the file that" if taken == base else f"it would overwrite {taken}, which"
            raise UsageError(f"-w {base}: {what} -r reads; write to another one")
        if not (rotation.size or rotation.seconds or rotation.events):
            self._open(0)
        elif not os.access(os.path.dirname(base) or ".", os.W_OK | os.X_OK):
            raise PysysdigError(f"{base}: cannot be written: no such directory, or no permission")

    def begin(self, snapshot: Snapshot, generation: str, inspector: StateSource, whole: bool = True) -> None:
        """What follows are the events of a section; whole: of all events, filtered files are not."""
        self._versions = next(self._gathered, None)
        self._snapshot, self._generation, self._whole = snapshot, generation, whole
        self._tap = Tap(inspector)
        self._context = ContextLog()
        self._played = isinstance(inspector, Playback)
        if isinstance(inspector, Playback):
            inspector.tap, inspector.context = self._tap, self._context
        self._views = 0
        self._begun = False
        self._needed = None

    def gather(self, again: Callable[[], AbstractContextManager[AnyCapture]]) -> None:
        """For a filtered .pscap file that becomes a .scap file: find out first what all its events say about the machine."""
        with again() as stream:
            found = [Versions(s) if isinstance(s, TraceSection) and not s.complete else None for s in stream.sections()]
        self._gathered = iter(found)

    @property
    def every_view(self) -> bool:
        """Whether it has to see views without events, too: a .scap file keeps events that the filter refuses."""
        return self._scap and not self._complete

    @property
    def level(self) -> int:
        """The level of state that the views must have."""
        return FD if self._complete or self._scap else COUNTERS

    @property
    def size(self) -> int:
        """Bytes written so far, to all files."""
        return self._closed + (self._file.size if self._file is not None else 0)

    @property
    def takes_batches(self) -> bool:
        """Whether batches can be written without views: one complete file in our own format."""
        return (
            self._complete
            and not self._scap
            and self._file is not None
            and self._rotation == Rotation(files=self._rotation.files)
        )

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
        assert self._file is not None
        with self._undisturbed():
            self._out = TraceWriter(self._file)
            self._out.begin(snapshot, generation)

    def hurry(self) -> bool:
        """Leave the state to the readers from here on: it takes too long. A new section begins with what is known by now.

        False: so it was already. What calls that are under way began with is not in the section.
        """
        if self._inspector is None or self._tap is None:
            return False
        self._inspector = None
        with self._undisturbed():
            if not self._begun:
                self._begin(0, 0)
            assert self._snapshot is not None and isinstance(self._out, TraceWriter)
            self._out.begin(snapshot_at(self._tap, self._snapshot, _AFTER), self._generation)
            self._out.write_batch(self._context.batch(numbered=True))
        return True

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
            if self._inspector is not None:
                self._write(self._inspector.process(batch), _NONE, False)
            elif isinstance(self._out, TraceWriter):
                self._out.write_batch(batch)
        self._say_losses()

    def _say_losses(self) -> None:
        if isinstance(self._out, TraceWriter):
            losses, self._losses = self._losses, []
            for count, first, last in losses:
                self._out.drops(count, first, last)

    def write(self, view: EventView, sel: Ints, last: bool = False) -> None:
        """The events `sel` of the next view; last: nothing after them is wanted."""
        with self._undisturbed():
            self._write(view, sel, last)

    def _write(self, view: EventView, sel: Ints, last: bool) -> None:
        if not self._played:
            self._context.feed(view.batch)
        self._views += 1
        if self._versions is not None and self._tap is not None:
            self._versions.feed(self._tap)
        if self._complete:
            end = len(view) if not last else int(sel[-1]) + 1 if len(sel) else 0
            sel = np.arange(end, dtype=np.int64)
        elif self._scap:
            sel = self._with_internal(view, sel, last)
            if self._live and not self._begun:  # a file begins with what is known by then
                others = np.flatnonzero(~MASK[view.batch.type[sel]])
                sel = sel[others[0] :] if len(others) else sel[:0]
        while len(sel):
            if self._file is None:
                self._open(int(view.batch.ts[sel[0]]) // SECOND)
            if not self._begun:
                self._begin(int(sel[0]), int(view.batch.num[sel[0]]))
            n = self._room(view, sel)
            if n:
                self._append(view, sel[:n])
                sel = sel[n:]
            if len(sel):
                self._open(int(view.batch.ts[sel[0]]) // SECOND)
        if self._live and self._zipped is not None and time.monotonic() - self._flushed >= _PATIENCE:
            self._zipped.flush()  # else the compressor keeps back what a kill would lose
            self._flushed = time.monotonic()

    def close(self) -> None:
        """End the file at hand; a run without events leaves one that says so."""
        with self._undisturbed():
            self._flush()
            if self._out is None and self._snapshot is not None and self._file is not None and self._tap is not None:
                self._begin(0, 0)
            self._finish()
        if self._damage is not None:
            raise self._damage

    # what is written

    def _with_internal(self, view: EventView, sel: Ints, last: bool) -> Ints:
        """The events, and those the reference keeps whatever the filter says: internal ones, with -F also what changes state.
        Live, what is told about containers and accounts, too."""
        if self._needed is None:
            self._needed = np.zeros(1 << 16, bool)
            for info in load(view.generation):
                told = self._live and bool(MASK[info.type])  # of containers and accounts: known at no other time
                self._needed[info.type] = bool(info.category & EC_INTERNAL) or told
            if self._fatfile:
                self._needed |= state_changing(view.generation)
        keep = self._needed[view.batch.type]
        keep[sel] = True
        if last:
            keep[int(sel[-1]) + 1 if len(sel) else 0 :] = False
        if self._fatfile:
            hidden = keep if view.batch.hidden is None else view.batch.hidden | keep
            hidden = hidden.copy()
            hidden[sel] = False
            view.batch.hidden = hidden
        return np.flatnonzero(keep)

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
            room = min(room, self._fitting(view, sel[:room]))
        return room

    def _fitting(self, view: EventView, sel: Ints) -> int:
        """How many events until the file is larger than the limit; as one frame is one piece, that may be all."""
        assert self._file is not None
        if isinstance(self._out, TraceWriter):
            self._out.settle()
        size = self._file.size
        if size > self._rotation.size:
            return 0
        if self._compress or not self._scap:
            return len(sel)
        batch = view.batch
        event = batch.view("u4")[batch.off[sel] + LENGTH].astype(np.int64) + (4 if batch.v1 else 0)  # gets its parameter count
        ends = size + np.cumsum((event + _BLOCK + 3) // 4 * 4)
        return min(int(np.searchsorted(ends, self._rotation.size, side="right")) + 1, len(sel))

    def _append(self, view: EventView, sel: Ints) -> None:
        if isinstance(self._out, TraceWriter):
            self._out.write(view, sel)
            self._say_losses()
        elif self._versions is not None and self._file is not None:
            for part in self._versions.parts(view, sel, self._may_tell):
                if part.snapshot is not None:
                    before = self._file.size
                    self._head(part.snapshot, self._versions.context, part.pending)
                    self._told += self._file.size - before
                self._append_events(view.batch, part.sel)
        else:
            self._append_events(view.batch, sel)
        hidden = view.batch.hidden
        self._written += len(sel) if hidden is None else int(np.count_nonzero(~hidden[sel]))

    def _may_tell(self) -> bool:
        return self._file is not None and self._told <= _TELLING + self._file.size // 2

    def _append_events(self, batch: EventBatch, sel: Ints) -> None:
        """To a .scap file."""
        if isinstance(self._out, CaptureWriter) and self._file is not None:
            data, ends = self._out.encode(batch, sel)
            if self._zipped is not None:
                self._zipped.write(data)
            else:
                self._file.write(data, ends)

    def _head(self, snapshot: Snapshot, context: ContextLog | None = None, pending: EventBatch | None = None) -> None:
        """Begin a section of a .scap file."""
        if self._processes:
            snapshot = pruned(snapshot, self._generation, self._processes)
        self._out = CaptureWriter(self._zipped or self._file, snapshot)  # type: ignore[arg-type]
        if context is not None:
            self._out.write(context.batch())
        if pending is not None:
            self._out.write(pending)

    def _begin(self, pos: int, num: int) -> None:
        """Write what comes before the first event of a section in a file, the one at `pos` of the batch with that number."""
        assert self._snapshot is not None and self._tap is not None and self._file is not None
        start = self._views <= 1 and pos == 0
        snapshot = self._snapshot if start or not self._whole else snapshot_at(self._tap, self._snapshot, pos)
        self._begun = True
        if self._scap and self._versions is not None:
            self._head(self._versions.snapshot(), self._versions.context)
            return
        if self._scap:
            self._head(snapshot, None if start else self._context.until(num))
            return
        if not isinstance(self._out, TraceWriter):
            self._out = TraceWriter(self._file, background=self._background)
        complete = self._complete and self._whole
        self._out.begin(snapshot, self._generation, tap=self._tap, context=self._context, complete=complete)

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
        if self._scap and self._compress:
            self._zipped = gzip.GzipFile(fileobj=self._file, mode="wb", compresslevel=6, filename="")
        self._written = 0
        self._since = self._told = 0
        self._begun = False

    def _finish(self) -> None:
        if isinstance(self._out, TraceWriter):
            self._say_losses()
            self._out.finish()
            self._out.close()
            self._damage = self._damage or self._out.damage
        if self._zipped is not None:
            self._zipped.close()
        if self._file is not None:
            self._file.close()
            self._closed += self._file.size
        self._out = self._zipped = self._file = None

    def _failure(self, error: OSError, name: str = "") -> PysysdigError:
        if isinstance(self._out, TraceWriter):
            self._out.close()
        name = name or (self._file.name if self._file is not None else "")
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        self._out = self._zipped = self._file = None
        return PysysdigError(f"{name}: cannot be written: {error.strerror or error}")
