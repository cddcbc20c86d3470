"""Reading captures: sections of batches.

    with open_capture("trace.scap") as capture:
        for section in capture.sections():
            inspector = Inspector(section.snapshot, section.generation, level)
            for batch in section.batches():
                view = inspector.process(batch)

A file is normally one section. Captures that were written one behind the other (`cat a.scap b.scap`) are read as
several: state starts afresh with each, event numbers go on counting.

Event numbers: every event block of a known type takes one, hidden ones included; blocks of types beyond the event
table take none. The libraries put what they know about containers and accounts at the start of a capture as events of
their own; the reference consumes those before anything is shown. They are therefore marked hidden here, and in the
second and later sections they do not advance the count (measured: sysdig 0.29; the code of 0.36 and of the current
libraries does the same).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.errors import CaptureError, TruncatedError
from pysysdig.events.batch import MAX_EVENTS, EventBatch
from pysysdig.events.headers import HeaderColumns
from pysysdig.events.table import N_TYPES, OLD, TYPES
from pysysdig.scap import blocks as b
from pysysdig.scap.generation import GenerationGuess
from pysysdig.scap.metadata import read_metadata
from pysysdig.scap.walk import CORRUPT, MORE, OTHER, Piece, Stop, Walker
from pysysdig.sources.input import Source, open_source
from pysysdig.sources.section import Plain
from pysysdig.sources.stream import Stream
from pysysdig.speed import native
from pysysdig.state.snapshot import Snapshot

STEP = 512 << 10  # bytes walked at a time: stays in the second-level cache
EVENTS = 32768  # of a batch, unless they are to be large
MAX_BATCH_BYTES = 16 << 20
NATIVE_STEP = 2 << 20  # the same for the native walk, which does not look at all of them: at first, then what a batch takes
LEAST_STEP = STEP // 4  # where some of it is there already

_INITIAL = ("CONTAINER_JSON_2_E", "USER_ADDED_E", "USER_DELETED_E", "GROUP_ADDED_E", "GROUP_DELETED_E")
_INITIAL_OLD = (*_INITIAL, "CONTAINER_E", "CONTAINER_JSON_E")
_INITIAL_CURRENT = (*_INITIAL, "ASYNCEVENT_E")


class Section(Plain):
    """One capture of a file: `snapshot`, `generation` (OLD or CURRENT, see generation.py), and its events."""

    __slots__ = ("_ahead", "_capture", "_error", "_first", "_rest", "generation", "snapshot")

    def __init__(self, capture: CaptureStream, snapshot: Snapshot, first: bool) -> None:
        self._capture = capture
        self._first = first
        self.snapshot = snapshot
        self._rest = capture._raw_batches()
        self._ahead: list[EventBatch] = []
        self._error: CaptureError | None = None
        guess = GenerationGuess()
        try:
            for batch in self._rest:
                self._ahead.append(batch)
                if guess.feed(batch) or not capture.waits:
                    break
        except CaptureError as e:
            self._error = e
        self.generation = guess.answer()

    def batches(self) -> Iterator[EventBatch]:
        """The events, once, in order, at most EVENTS a batch (MAX_EVENTS if the stream is `large`).

        Raises CaptureError (TruncatedError) after the last event before the damage (the cut). Damage inside an event
        (`EventBatch.damage`) ends the iteration after that event's batch.
        """
        initial = _mask(_INITIAL_OLD if self.generation == OLD else _INITIAL_CURRENT)
        leading = True
        early = 0  # numbers given to leading events of a later section
        while True:
            batch = self._ahead.pop(0) if self._ahead else None if self._error else next(self._rest, None)
            if batch is None:
                if self._error:
                    raise self._error
                return
            n = len(batch)
            lead = 0
            if leading:
                others = np.flatnonzero(~initial[batch.type])
                leading = not len(others)
                lead = n if leading else int(others[0])
            if lead:
                if batch.hidden is None:
                    batch.hidden = np.zeros(n, bool)
                batch.hidden[:lead] = True
            start = self._capture.count + 1
            batch.num = np.arange(start, start + n)
            self._capture.count += n
            if lead and not self._first:
                batch.num -= lead
                batch.num[:lead] = np.arange(early + 1, early + lead + 1)
                early += lead
                self._capture.count -= lead
            yield batch
            if batch.damage is not None:  # found while the batch was used
                raise batch.damage


class CaptureStream(Stream[Section]):
    """An open .scap file. `count` is the number of events delivered so far."""

    __slots__ = ("_next", "count")

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.count = 0
        self._next: Stop | None = None
        snapshot, self._at = read_metadata(source, 0)
        self._first = Section(self, snapshot, first=True)

    def sections(self) -> Iterator[Section]:
        """See Stream. Raises CaptureError if what follows the events is not another capture."""
        section = self._first
        while True:
            yield section
            for _ in section.batches():  # what the caller left
                pass
            if self._next is None:
                return
            kind = int.from_bytes(self._source.region(self._at, 4, 4, self._at).tobytes(), "little")
            if kind != b.SECTION_HEADER:
                raise CaptureError(f"unexpected block of type {kind:#x} among the events", self.name, self._at)
            snapshot, self._at = read_metadata(self._source, self._at)
            section = Section(self, snapshot, first=False)

    def _raw_batches(self) -> Iterator[EventBatch]:
        """The batches of the section whose events start at `self._at`, still without numbers. Sets `self._next`."""
        source = self._source
        walker = Walker()
        pending = _Pending(source, self)
        need = b.HEADER
        step = STEP
        batch = 0 if native is None or source.size is None else NATIVE_STEP  # bytes of a batch, where that matters
        stop: Stop | None = None
        self._next = None
        first = self._at  # of the bytes that pending batches need
        while stop is None:
            if batch:  # as much as is likely to make it complete: what is read beyond has to be moved
                step = max(batch + batch // 16 - (self._at - first), LEAST_STEP)
            region = source.region(self._at, need, max(step, need), first, block=not pending.count)
            if len(region) < need:
                if not source.at_end:  # a pipe has nothing more for now
                    yield from pending.take_all()
                    first = self._at
                    continue
                stop = Stop(MORE, len(region))
                break
            pieces, walked = walker.walk(region, self._at, pending.most - pending.count)
            self._at += walked.at
            need = walked.need
            if walked.why != MORE:
                stop = walked
            for piece in pieces:
                yield from pending.add(piece)
            if self._at - pending.first(self._at) >= MAX_BATCH_BYTES:
                yield from pending.take_all()
            taken = pending.first(self._at) - first
            if taken and batch:
                batch = min(max(taken, STEP), MAX_BATCH_BYTES)
            first += taken
        yield from pending.take_all()
        self._finish(stop)

    def _finish(self, stop: Stop) -> None:
        """Say why the events end here: raises, or notes that another section may follow."""
        if stop.why == CORRUPT:
            raise CaptureError(f"corrupt block: {stop.message}", self.name, self._at)
        if stop.why == OTHER:
            self._next = stop
            return
        if self._source.failure is not None:
            raise self._source.failure
        if stop.at or self._source.cut:
            raise TruncatedError("the capture is truncated", self.name, self._at + stop.at)


class _Pending:
    """Events found but not yet delivered."""

    __slots__ = ("_first", "_pieces", "_source", "_stream", "count")

    def __init__(self, source: Source, stream: CaptureStream) -> None:
        self._source = source
        self._stream = stream
        self._pieces: list[Piece] = []
        self.count = 0

    @property
    def most(self) -> int:
        """Events of a batch."""
        return MAX_EVENTS if self._stream.large else min(EVENTS, MAX_EVENTS)

    def first(self, otherwise: int) -> int:
        """Offset of the first byte needed for them, or `otherwise`."""
        return _block_start(self._pieces[0]) if self._pieces else otherwise

    def add(self, piece: Piece) -> Iterator[EventBatch]:
        """Add a piece; yields the batches that are complete now."""
        if self._pieces and self._pieces[0].v1 != piece.v1:
            yield from self.take_all()
        if not len(piece.off):
            return
        while self.count + len(piece.off) >= (most := self.most):
            k = most - self.count
            rest = _cut(piece, k, len(piece.off))
            self._pieces.append(_cut(piece, 0, k))
            yield from self.take_all()
            piece = rest
        if len(piece.off):
            self._pieces.append(piece)
            self.count += len(piece.off)

    def take_all(self) -> Iterator[EventBatch]:
        """Everything as one batch, if there is anything."""
        if not self._pieces:
            return
        pieces, self._pieces, self.count = self._pieces, [], 0
        start, end = _block_start(pieces[0]), pieces[-1].end
        flagged = _joined([p.flagged for p in pieces], pieces)
        off = _concatenated([p.off for p in pieces])
        off -= start
        before = b.CPU if flagged is None else b.CPU + b.FLAGS * flagged
        cpus = [p.cpu for p in pieces if p.cpu is not None]
        yield EventBatch(
            self._source.slice(start, end),
            off,
            off,  # the section sets the numbers
            _concatenated(cpus) if cpus else lambda batch: batch.view("u2")[batch.off - before],
            hidden=_joined([p.hidden for p in pieces], pieces),
            v1=pieces[0].v1,
            base=start,
            name=self._source.name,
            type_=_concatenated([p.type for p in pieces]),
            headers=_headers([p.headers for p in pieces if p.headers is not None]),
            sound=all(p.sound for p in pieces),
        )


def _block_start(piece: Piece) -> int:
    """Where the first block of a piece begins."""
    return int(piece.off[0]) - b.CPU - b.HEADER - (b.FLAGS if piece.flagged is not None and piece.flagged[0] else 0)


def _cut(piece: Piece, i: int, j: int) -> Piece:
    end = piece.end if j == len(piece.off) else int(piece.off[j])  # a little more than needed
    flagged, hidden = (None if p is None else p[i:j] for p in (piece.flagged, piece.hidden))
    cpu = None if piece.cpu is None else piece.cpu[i:j]
    headers = None if piece.headers is None else {name: column[i:j] for name, column in piece.headers.items()}
    return Piece(piece.off[i:j], piece.type[i:j], flagged, hidden, piece.v1, end, headers, cpu, piece.sound)


def _concatenated(parts: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _headers(parts: list[HeaderColumns]) -> HeaderColumns | None:
    """Those of all pieces; all have them or none does."""
    return {name: _concatenated([p[name] for p in parts]) for name in parts[0]} if parts else None


def _joined(parts: list[npt.NDArray[np.bool_] | None], pieces: list[Piece]) -> npt.NDArray[np.bool_] | None:
    if all(p is None for p in parts):
        return None
    return np.concatenate([np.zeros(len(q.off), bool) if p is None else p for p, q in zip(parts, pieces)])


def _mask(names: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    mask = np.zeros(N_TYPES, bool)
    mask[[TYPES[name] for name in names]] = True
    return mask


def open_capture(path: str) -> CaptureStream:
    """Open a capture: a file (plain or gzip), a named pipe, or `-` for standard input.

    Raises CaptureError when it cannot be opened, is not a capture, is damaged before its first event or has no events.
    """
    source = open_source(path)
    try:
        return CaptureStream(source)
    except CaptureError:
        source.close()
        raise


def capture_of(source: Source) -> CaptureStream:
    """See sources.formats."""
    return CaptureStream(source)
