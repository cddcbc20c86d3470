"""Reading .pscap files: the same sections of batches as a .scap file gives, and a Playback in place of an Inspector."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pysysdig.errors import CaptureError, TruncatedError
from pysysdig.events.table import CURRENT, OLD
from pysysdig.sources.input import Region, Source
from pysysdig.sources.stream import Stream
from pysysdig.state.levels import FD
from pysysdig.trace import frames
from pysysdig.trace.batch import TraceBatch
from pysysdig.trace.frames import Body, Frame
from pysysdig.trace.playback import Playback
from pysysdig.trace.rows import to_snapshot
from pysysdig.trace.values import Damage, listed, loads, member, numbers, whole, words

if TYPE_CHECKING:
    from pysysdig.filter import Filter
    from pysysdig.state.snapshot import Snapshot


_AHEAD = 2 << 20  # bytes: some frames


class TraceSection:
    """One header and the frames that follow it. Attributes as scap.reader.Section."""

    __slots__ = (
        "_fd_match", "_latest", "_match", "_playback", "_stream", "complete", "generation", "has_state", "snapshot",
    )  # fmt: skip

    def __init__(self, stream: TraceStream, header: Frame) -> None:
        self._stream = stream
        self._playback: Playback | None = None
        self._match: Callable[[dict[str, Any]], bool] | None = None
        self._latest: int | None = None
        self._fd_match: Callable[[list[str]], bool] | None = None
        where = (stream.name, header.at)
        meta = header.meta
        version = meta.get("format")
        if version != frames.VERSION:
            which = "an older" if isinstance(version, int) and version < frames.VERSION else "a newer"
            raise CaptureError(
                f"{which} pysysdig is needed: the file has format {version!r}, this one reads {frames.VERSION}", *where
            )
        with Damage(where):
            given = loads(frames.blob(header.body, member(meta, "snapshot"), *where), *where)
            self.snapshot: Snapshot = to_snapshot(given)
            self.generation: str = member(meta, "generation")
            self.complete = bool(member(meta, "complete"))
            self.has_state = bool(member(meta, "state"))
            self.snapshot.first_ts = whole(meta.get("first_ts", 0))
            if self.generation not in (OLD, CURRENT) or not (self.complete or self.has_state):
                raise ValueError

    def recorded(self, level: int) -> TraceSection | None:
        """Itself, if the file says what events see of the state at this level; otherwise an Inspector has to work it out."""
        return self if self.has_state and (level <= FD or not self.complete) else None

    def playback(self, level: int = FD, generation: str = "") -> Playback:
        """See Recorded."""
        generation = generation or self.generation
        as_recorded = generation == self.generation
        self._playback = Playback(self.snapshot, generation, level, as_recorded=as_recorded, complete=self.complete)
        return self._playback

    def narrow(self, chosen: Filter) -> None:
        """Leave out the frames that have no event which the filter accepts. Needs the Playback."""
        if self._playback is not None and not chosen.stateful:
            from pysysdig.trace.index import fd_matcher, matcher

            self._match = matcher(chosen, self.snapshot.first_ts)
            if not any(ref.options.ports for ref in chosen.fields):  # the names are those without
                self._fd_match = fd_matcher(chosen)

    def until(self, latest: int) -> None:
        """See Section."""
        self._latest = latest

    def batches(self) -> Iterator[TraceBatch]:
        """The events, once, in order, one batch per frame.

        Raises CaptureError (TruncatedError) where the file is damaged (cut); what precedes that was delivered.
        """
        stream = self._stream
        if self._match is not None:
            stream.leave_out(self._match)
        elif self._latest is not None:
            stream.leave_out_after(self._latest)
        while (frame := stream.next_frame()) is not None:
            for ref, body, at in stream.take_left_out():
                self._pass(ref, body, at)
            if frame.kind == frames.STATE:
                self._pass(frame.meta.get("state"), self._stream.unread(frame), frame.at)
            elif frame.kind == frames.EVENTS:
                if self._match is not None and not (self._may_match(frame.meta, frame.at) and self._has_names(frame)):
                    self._pass(frame.meta.get("state"), self._stream.unread(frame), frame.at)
                    continue
                yield self._batch(frame)

    def _may_match(self, meta: dict[str, Any], at: int) -> bool:
        assert self._match is not None
        with Damage((self._stream.name, at)):
            return self._match(meta)

    def _has_names(self, frame: Frame) -> bool:
        """Whether descriptors in the frame have the names that the filter asks for."""
        if self._fd_match is None or frame.meta.get("files") is None:
            return True
        where = (self._stream.name, frame.at)
        with Damage(where):
            names = words(loads(frames.blob(frame.body, frame.meta["files"], *where), *where))
        return self._fd_match(names)

    def _pass(self, ref: Any, body: Body, at: int) -> None:
        """Take the state part of a frame whose events nobody wants to see; of a file only once it is needed."""
        if self._playback is not None:
            # of what is no file that which is put off would have to be kept in memory
            self._playback.skip(ref, body, (self._stream.name, at), at_once=not self._stream.seekable)

    def _batch(self, frame: Frame) -> TraceBatch:
        where = (self._stream.name, frame.at)
        with Damage(where):
            directory = loads(frames.blob(frame.body, member(frame.meta, "directory"), *where), *where)
            count = whole(member(frame.meta, "n"))
            later = self._stream.unread(frame)
            batch = TraceBatch(directory, count, frame.body, *where, state=frame.meta.get("state"), later=later)
            calls = frame.meta.get("calls")
            batch.calls = None if calls is None else numbers(calls)
            return batch


class TraceStream(Stream[TraceSection]):
    """An open .pscap file. Its parts are frames, by what frames.TITLES calls them."""

    may_lack_events = True
    __slots__ = ("_left", "_left_out", "_losses", "_unwanted")

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        source.ahead = _AHEAD
        self._left: Frame | None = None  # a header that ended the section before
        self._unwanted: dict[int, tuple[int, int, Any]] = {}  # offset of a frame -> its end, where its body begins, state
        self._left_out: list[tuple[Any, Body, int]] = []
        self._losses: list[tuple[int, int, int]] = []
        header = self.next_frame(header=True)
        if header is None or header.kind != frames.HEADER:
            raise CaptureError("no header", source.name, 0)
        self._first = TraceSection(self, header)

    @property
    def seekable(self) -> bool:
        """It is a plain file: what has been passed over can be read later."""
        return self._source.size is not None

    def unread(self, frame: Frame) -> Body:
        """The body of a frame that may not be wanted: of a file only where it is."""
        end = frame.end - frames.TAIL_SIZE
        return Region(self._source, end - len(frame.body), end) if self.seekable else frame.body

    def sections(self) -> Iterator[TraceSection]:
        section = self._first
        while True:
            yield section
            while self.next_frame() is not None:  # what the caller left
                pass
            if self._left is None:
                return
            header, self._left = self._left, None
            section = TraceSection(self, header)

    def next_frame(self, header: bool = False) -> Frame | None:
        """The next frame of this section, None at its end. Raises CaptureError."""
        source, name = self._source, self._source.name
        if self._left is not None:
            return None
        while self._at in self._unwanted:
            self._skip()
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
                got = frames.need(view)
            except CaptureError:
                raise CaptureError("damaged: no frame begins here", name, self._at) from None
            if isinstance(got, int):
                want = got
                continue
            size = got.body_end + frames.TAIL_SIZE
            if len(data) >= size:
                break
            want = size
        frame = frames.frame(view, got, name, self._at)
        self._at = frame.end
        title = frames.TITLES[frame.kind]
        self.parts[title] = self.parts.get(title, 0) + frame.end - frame.at
        if frame.kind == frames.HEADER and not header:
            self._left = frame
            return None
        if frame.kind == frames.DROPS:
            with Damage((name, frame.at)):
                first, last = numbers(listed(member(frame.meta, "ts"), 2))
                self._losses.append((whole(member(frame.meta, "count")), first, last))
        return frame

    def leave_out_after(self, latest: int) -> None:
        """Do not even touch the events frames after the last one with an event that is not later than this, if the file has an
        index. This is to be the last section: what is left out counts in the numbers of a later one."""
        found = self._index()
        if found is None:
            return
        offset = -1
        try:
            for e in found[0]:
                if e.at >= self._at and e.meta == frames.HEADER:
                    return
                if isinstance(e.meta, dict) and numbers(listed(member(e.meta, "ts"), 2))[0] <= latest:
                    offset = e.at
        except ValueError:
            return
        self.leave_out(lambda meta: False, offset)

    def leave_out(self, match: Callable[[dict[str, Any]], bool], after: int = -1) -> None:
        """If the file has an index: do not even touch those events frames of this section that `match` refuses by their metas.

        after: only frames behind this offset
        """
        self._unwanted = {}
        found = self._index()
        if found is None:
            return
        entries, end = found
        last: tuple[int, int, Any] | None = None  # of an unwanted frame: offset, where its body begins, state
        try:
            for e in entries:
                if last is not None:
                    self._unwanted[last[0]] = (e.at, *last[1:])
                    last = None
                if isinstance(e.meta, dict):
                    if e.at >= self._at and e.at > after and not match(e.meta):
                        last = (e.at, e.at + e.head, e.meta.get("state"))
                elif e.meta == frames.HEADER and e.at >= self._at:
                    return
            if last is not None:
                self._unwanted[last[0]] = (end, *last[1:])
        except ValueError:
            self._unwanted = {}  # frame by frame then, and what is damaged will be found

    def _index(self) -> tuple[Iterator[frames.Entry], int] | None:
        """The entries of the index, and where it begins; None if the file has none that can be used."""
        size = self._source.size
        if size is None or size < frames.END_SIZE:
            return None
        try:
            end = self._frame_at(size - frames.END_SIZE, size)
            if end.kind != frames.END:
                return None
            told = member(end.meta, "index")
            if type(told) is not bytes:
                return None
            at = int.from_bytes(told, "little")
            index = self._frame_at(at, end.at)  # not so in files put together from several
            if index.kind != frames.INDEX or index.end != end.at:
                return None
            return frames.entries(frames.blob(index.body, member(index.meta, "frames"))), at
        except (CaptureError, ValueError):
            return None

    def _frame_at(self, at: int, end: int) -> Frame:
        data = self._source.slice(at, end).data
        where = frames.need(data)
        if isinstance(where, int) or where.body_end + frames.TAIL_SIZE > len(data):
            raise CaptureError("no frame begins here", self.name, at)
        return frames.frame(data, where, self.name, at)

    def _skip(self) -> None:
        """Go past a frame that is not wanted."""
        end, body, ref = self._unwanted.pop(self._at)
        self._left_out.append((ref, Region(self._source, body, end), self._at))
        self._at = end

    def take_losses(self) -> list[tuple[int, int, int]]:
        """(events lost, first time, last time), ns, of the frames read since the last time."""
        out, self._losses = self._losses, []
        return out

    def take_left_out(self) -> list[tuple[Any, Body, int]]:
        """The state parts of the frames left out since the last time: what describes it, body, offset of the frame."""
        out, self._left_out = self._left_out, []
        return out


def capture_of(source: Source) -> TraceStream:
    """See sources.formats."""
    return TraceStream(source)
