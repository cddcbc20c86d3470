"""Reading .pscap files: the same sections of batches as a .scap file gives, and a Playback in place of an Inspector."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pysysdig.errors import CaptureError, TruncatedError
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields.registry import FD
from pysysdig.scap.source import Source
from pysysdig.trace import frames
from pysysdig.trace.batch import TraceBatch
from pysysdig.trace.frames import Frame
from pysysdig.trace.playback import Playback
from pysysdig.trace.rows import to_snapshot

if TYPE_CHECKING:
    from pysysdig.filter import Filter
    from pysysdig.state.snapshot import Snapshot

_DAMAGED = (TypeError, ValueError, IndexError, KeyError, OverflowError, AttributeError)


class TraceSection:
    """One header and the frames that follow it. Attributes as scap.reader.Section."""

    __slots__ = ("_match", "_playback", "_stream", "complete", "generation", "has_state", "snapshot", "writer")

    def __init__(self, stream: TraceStream, header: Frame) -> None:
        self._stream = stream
        self._playback: Playback | None = None
        self._match: Callable[[dict[str, Any]], bool] | None = None
        where = (stream.name, header.at)
        meta = header.meta
        version = meta.get("format")
        if version != frames.VERSION:
            raise CaptureError(
                f"a newer pysysdig is needed: the file has format {version!r}, this one reads {frames.VERSION}", *where
            )
        try:
            self.snapshot: Snapshot = to_snapshot(frames.loads(frames.blob(header.body, meta["snapshot"], *where), *where))
            self.generation: str = meta["generation"]
            self.complete = bool(meta["complete"])
            self.has_state = bool(meta["state"])
            self.writer = str(meta.get("writer", ""))
            if self.generation not in (OLD, CURRENT):
                raise ValueError
        except _DAMAGED:
            raise CaptureError("damaged frame", *where) from None

    def plays(self, level: int) -> bool:
        """Whether the file says what events see of the state at this level; otherwise an Inspector has to work it out."""
        return self.has_state and (level <= FD or not self.complete)

    def playback(self, level: int = FD) -> Playback:
        """What stands in for an Inspector of this level; it has to process the batches that follow."""
        self._playback = Playback(self.snapshot, self.generation, level)
        return self._playback

    def narrow(self, chosen: Filter) -> None:
        """Leave out the frames that have no event which the filter accepts. Needs the Playback."""
        if self._playback is not None and not chosen.stateful:
            from pysysdig.trace.index import matcher

            self._match = matcher(chosen)

    def batches(self) -> Iterator[TraceBatch]:
        """The events, once, in order, one batch per frame.

        Raises CaptureError (TruncatedError) where the file is damaged (cut); what precedes that was delivered.
        """
        name = self._stream.name
        while (frame := self._stream.next_frame()) is not None:
            if frame.kind == frames.STATE:
                if self._playback is not None:
                    self._playback.skip(frame.meta.get("state"), frame.body, (name, frame.at))
            elif frame.kind == frames.EVENTS:
                meta = frame.meta
                if self._match is not None and self._playback is not None and not self._may_match(meta, frame.at):
                    self._playback.skip(meta.get("state"), frame.body, (name, frame.at))
                    continue
                yield self._batch(frame)

    def _may_match(self, meta: dict[str, Any], at: int) -> bool:
        assert self._match is not None
        try:
            return self._match(meta)
        except _DAMAGED:
            raise CaptureError("damaged frame", self._stream.name, at) from None

    def _batch(self, frame: Frame) -> TraceBatch:
        where = (self._stream.name, frame.at)
        try:
            count = frame.meta["n"]
            ref = frame.meta["directory"]
            if type(count) is not int:
                raise ValueError
            directory = frames.loads(frames.blob(frame.body, ref, *where), *where)
            return TraceBatch(directory, count, frame.body, *where, state=frame.meta.get("state"))
        except _DAMAGED:
            raise CaptureError("damaged frame", *where) from None


class TraceStream:
    """An open .pscap file. Attributes as scap.reader.CaptureStream."""

    __slots__ = ("_at", "_first", "_left", "_source", "drops")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._at = 0
        self._left: Frame | None = None  # a header that ended the section before
        self.drops: list[tuple[int, int, int]] = []  # (events lost, first time, last time)
        header = self.next_frame(header=True)
        if header is None or header.kind != frames.HEADER:
            raise CaptureError("no header", source.name, 0)
        self._first = TraceSection(self, header)

    @property
    def name(self) -> str:
        """The path, or "standard input"."""
        return self._source.name

    @property
    def waits(self) -> bool:
        """It is a pipe."""
        return self._source.waits

    @property
    def snapshot(self) -> Snapshot:
        """What the first section says about the machine."""
        return self._first.snapshot

    @property
    def generation(self) -> str:
        """OLD or CURRENT, of the first section."""
        return self._first.generation

    def sections(self) -> Iterator[TraceSection]:
        """The sections of the file, once, in order."""
        section = self._first
        while True:
            yield section
            while self.next_frame() is not None:  # what the caller left
                pass
            if self._left is None:
                return
            header, self._left = self._left, None
            section = TraceSection(self, header)

    def batches(self) -> Iterator[TraceBatch]:
        """The batches of all sections, for uses that need no state."""
        for section in self.sections():
            yield from section.batches()

    def next_frame(self, header: bool = False) -> Frame | None:
        """The next frame of this section, None at its end. Raises CaptureError."""
        source, name = self._source, self._source.name
        if self._left is not None:
            return None
        want = frames.LEAD_SIZE
        while True:
            data = source.region(self._at, want, want, self._at)
            if len(data) < want:
                if source.failure is not None:
                    raise source.failure
                if not len(data) and not source.cut:
                    return None
                raise TruncatedError("the file is truncated: it ends within a frame", name, self._at)
            view = data.data
            try:
                got = frames.need(view, 0)
            except CaptureError:
                raise CaptureError("damaged: no frame begins here", name, self._at) from None
            if isinstance(got, int):
                want = got
                continue
            whole = got.body_end + frames.TAIL_SIZE
            if len(data) >= whole:
                break
            want = whole
        frame = frames.frame(view, 0, got, name, self._at)
        self._at = frame.end
        source.release(frame.at)
        if frame.kind == frames.HEADER and not header:
            self._left = frame
            return None
        if frame.kind == frames.DROPS:
            try:
                count, (first, last) = frame.meta["count"], frame.meta["ts"]
                self.drops.append((int(count), int(first), int(last)))
            except _DAMAGED:
                raise CaptureError("damaged frame", name, frame.at) from None
        return frame

    def all_frames(self) -> Iterator[Frame]:
        """Every frame from the second on, whatever the section."""
        while True:
            frame = self.next_frame(header=True)
            if frame is None:
                return
            yield frame

    def progress(self) -> float | None:
        """Part of the file read, 0 to 1; None if its size is not known."""
        return self._source.progress(self._at)

    def close(self) -> None:
        """Close the file. Batches already delivered stay valid."""
        self._source.close()

    def __enter__(self) -> TraceStream:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
