"""TraceWriter: views of a replay, or bare batches, into one .pscap file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from pysysdig import __version__
from pysysdig.errors import CaptureError
from pysysdig.events.arrays import pieces, unique
from pysysdig.events.batch import MAX_EVENTS, EventBatch
from pysysdig.events.column import DictColumn
from pysysdig.events.layout import LENGTH
from pysysdig.events.table import GENERIC_E, GENERIC_X
from pysysdig.fields.event_types import generic_calls
from pysysdig.fields.lookup import lookup
from pysysdig.state.table import named
from pysysdig.state.tap import Tap
from pysysdig.trace import columns, frames
from pysysdig.trace.frames import Blobs
from pysysdig.trace.record import Recorder
from pysysdig.trace.rows import from_snapshot
from pysysdig.trace.values import dumps
from pysysdig.trace.worker import Worker

if TYPE_CHECKING:
    from pysysdig.state.context import ContextLog
    from pysysdig.state.snapshot import Snapshot
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]

MAX_ROWS = 500_000  # then the state starts afresh, so that no reader has to keep more
MAX_BYTES = 24 << 20  # of parameters and headers in one frame
_WORTH = 4096  # events from which on a frame is made in the background
MAX_NAMES = 4096  # names of processes, of descriptors, and system calls listed for one frame


class Target(Protocol):
    """What is written to."""

    def write(self, data: bytes, /) -> int:
        """All of it."""


class TraceWriter:
    """Writes one file, which the caller opens (without a buffer) and closes.

    Raises OSError. Each frame is one call of its `write`, which takes all: what precedes it is safe.

    size    bytes so far
    damage  the first event found whose parameters do not fit it (written without them), see EventBatch
    """

    def __init__(self, file: Target, background: bool = False) -> None:
        """background: large frames are made by a second thread, while the caller goes on; call `close` in the end."""
        self._file = file
        self._worker = Worker() if background else None
        self._tap: Tap | None = None
        self._context: ContextLog | None = None
        self._complete = True
        self._recorder: Recorder | None = None
        self._index: list[bytes] | None = []  # an entry for each frame; None: too many
        self._indexed = 0  # bytes of them
        self._generation = ""
        self.damage: CaptureError | None = None
        self.size = 0

    def begin(
        self,
        snapshot: Snapshot,
        generation: str,
        *,
        tap: Tap | None = None,
        context: ContextLog | None = None,
        complete: bool = True,
        redaction: str = "",
    ) -> None:
        """Begin a section.

        snapshot    what was known at the beginning; filtered files leave its processes out
        tap         listens to the Inspector that the views come from; None: bare batches, whose readers work the state out
        context     goes with the tap: what the stream told of containers and accounts
        complete    all events are written
        redaction   the policy that they are under, as text
        """
        self.settle()
        self._tap, self._context, self._complete, self._recorder = tap, context, complete, None
        self._generation = generation
        meta: dict[str, Any] = {
            "format": frames.VERSION,
            "writer": f"pysysdig {__version__}",
            "generation": generation,
            "complete": complete,
            "state": tap is not None,
            "first_ts": snapshot.first_ts if tap is None else tap.inspector.first_ts,
        }
        if redaction:
            meta["redaction"] = redaction
        blobs = Blobs()
        meta["snapshot"] = blobs.add(dumps(from_snapshot(snapshot, processes=complete)))
        self._frame(frames.HEADER, meta, blobs.body())

    def write(self, view: EventView, sel: Ints) -> None:
        """Append the events `sel` of a view (complete files: consecutive ones)."""
        for part in _split(view.batch, sel):
            self._write(view.batch, view, part)

    def write_batch(self, batch: EventBatch) -> None:
        """Append all events of a batch to a section without state."""
        everything = np.arange(len(batch), dtype=np.int64)
        for part in (p for q in pieces(everything, range(MAX_EVENTS, len(batch), MAX_EVENTS)) for p in _split(batch, q)):
            self._write(batch, None, part)

    def drops(self, count: int, first_ts: int, last_ts: int) -> None:
        """Note that events were lost in a span of time (ns)."""
        self.settle()
        self._frame(frames.DROPS, {"count": count, "ts": [first_ts, last_ts]}, b"")

    def finish(self) -> None:
        """Write the index. The file is good without it, too."""
        self.settle()
        if self._index:
            data = frames.index_frames(self._index, self.size)
            self._index = None
            self._file.write(data)
            self.size += len(data)

    def _write(self, batch: EventBatch, view: EventView | None, sel: Ints) -> None:
        if not len(sel):
            return
        blobs = Blobs()
        state: dict[str, Any] | None = None
        if view is not None and self._tap is not None:
            state = self._record(self._tap, view, sel, blobs)
        names = files = None
        if state is not None and view is not None:
            names = _names(view, sel)
            listed = _fd_names(view, sel)
            files = None if listed is None else blobs.add(dumps(listed))
        part = batch if len(sel) == len(batch) else batch.subset(sel)
        if self._worker is not None and len(part) >= _WORTH:
            self._worker.submit(lambda: self._events(part, state, names, files, blobs))
        else:
            self.settle()
            self._events(part, state, names, files, blobs)

    def _events(
        self, part: EventBatch, state: dict[str, Any] | None, names: list[str] | None, files: list[int] | None, blobs: Blobs
    ) -> None:
        """The frame of a batch. state: its state part, whose data is in `blobs`; names, files: of processes, of descriptors."""
        directory = columns.encode(part, blobs)
        ts, num = part.ts, part.num
        meta: dict[str, Any] = {
            "n": len(part),
            "num": [int(num[0]), int(num[-1])],
            "ts": [int(ts.min()), int(ts.max())],
            "kinds": part.types(),
            "hidden": 0 if part.hidden is None else int(part.hidden.sum()),
            "size": directory["size"],
            "names": names,
            "files": files,
            "calls": _calls(part, self._generation),
            "state": None if state is None else blobs.add(dumps(state)),
        }
        meta["directory"] = blobs.add(dumps(directory))
        self._frame(frames.EVENTS, meta, blobs.body())
        self.damage = self.damage or part.damage

    def settle(self) -> None:
        """Wait until all is written that was asked for. Raises OSError."""
        if self._worker is not None:
            self._worker.wait()

    def close(self) -> None:
        """Give up the second thread."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _record(self, tap: Tap, view: EventView, sel: Ints, blobs: Blobs) -> dict[str, Any]:
        if self._recorder is None or self._recorder.rows > MAX_ROWS:
            assert self._context is not None
            self._recorder = Recorder(tap, self._context, self._complete, self._recorder)
            self.settle()
            if self._complete:
                first = Blobs()
                start = self._recorder.start(int(sel[0]), first)
                meta = {"state": first.add(dumps(start))}
                self._frame(frames.STATE, meta, first.body())
        return self._recorder.record(view, sel, blobs)

    def _frame(self, kind: str, meta: dict[str, Any], body: bytes) -> None:
        data = frames.encode(kind, meta, body)
        self._file.write(data)
        if self._index is not None:
            self._index.append(frames.entry(self.size, meta if kind == frames.EVENTS else kind, data))
            self._indexed += len(self._index[-1])
            if self._indexed > frames.MAX_INDEX:
                self._index = None
        self.size += len(data)


def _calls(batch: EventBatch, generation: str) -> list[int] | None:
    """The system calls that generic events stand for; None if there are too many."""
    found: set[int] = set()
    for kind in (GENERIC_E, GENERIC_X):
        pos = batch.positions(kind)
        if len(pos):
            found.update(unique(generic_calls(batch, kind, pos, generation)).tolist())
    return sorted(found) if len(found) <= MAX_NAMES else None


def _names(view: EventView, sel: Ints) -> list[str] | None:
    """The names of the processes in a frame; None if there are too many. An event without a thread has none."""
    return _different(view.threads.text(view.thread[sel], named("comm")))


def _fd_names(view: EventView, sel: Ints) -> list[str] | None:
    """All that fd.name is in a frame, without names of services; None if that is too much."""
    names = lookup("fd.name").column(view, sel)
    assert isinstance(names, DictColumn)
    return _different(names)


def _different(column: DictColumn) -> list[str] | None:
    codes = np.flatnonzero(np.bincount(column.codes + 1, minlength=1)) - 1
    if len(codes) > MAX_NAMES:
        return None
    values = column.dictionary.values
    return [values[c] for c in codes.tolist() if c >= 0]


def _split(batch: EventBatch, sel: Ints) -> list[Ints]:
    """`sel` in parts that each fit a frame."""
    if not len(sel):
        return []
    low, high = batch.extent
    if high - low <= MAX_BYTES:
        return [sel]
    sizes = np.cumsum(batch.view("u4")[batch.off[sel] + LENGTH].astype(np.int64))
    region = sizes // (MAX_BYTES // 2)
    return pieces(sel, (np.flatnonzero(region[1:] != region[:-1]) + 1).tolist())
