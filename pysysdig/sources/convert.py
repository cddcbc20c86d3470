"""Captures of older recorders as the current libraries see them: exit events with all parameters, few enter events.

    for section in converted(capture.sections()):               # section.generation is CURRENT
        inspector = Inspector(section.snapshot, section.generation, level)
        for batch in section.batches():
            view = inspector.process(batch)

Nothing is encoded anew: a ConvertedBatch shares the bytes of the batch it was made from, and its `spans` say where the
parameters of the newer shape are, in the event itself, in the enter event it is paired with, or among constants. Only
the types that somebody asks for cost anything beyond the pairing.

The enter event of an exit event is the one its thread stored last, if no other exit event asked for it since. Where that is
of another type, the reference gives up on the capture; here the parameters take their defaults, as if it had been lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import stable_order, unique, unique_inverse
from pysysdig.events.batch import EventBatch
from pysysdig.events.conversion import ENTER, OWN, Plan, Source, plan
from pysysdig.events.single import encode, locate
from pysysdig.events.spans import Spans
from pysysdig.events.table import CURRENT, N_TYPES
from pysysdig.sources.section import Plain
from pysysdig.speed import native

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pysysdig.sources.section import Recorded, Section
    from pysysdig.state.snapshot import Snapshot

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint16]

_COUNTS = 64  # parameter counts told apart
_CONSTANTS = bytes(8) + b"\xff" * 8
_NONE = -1
_KNOWN, _KEEP, _SAME = 1, 2, 4
_SEED = hash("places of threads") & (1 << 63) - 1  # another one in each process, as for Python's own tables
_MAX_THREADS = 1 << 17  # open enter events kept at most


class ConvertedSection(Plain):
    """A section whose events are converted."""

    generation = CURRENT

    def __init__(self, section: Section, dropped: int) -> None:
        self.snapshot: Snapshot = section.snapshot
        self.complete = section.complete
        self._section = section
        self.converter = Converter(dropped, renumber=section.complete)

    def recorded(self, level: int) -> Recorded | None:
        """See Section: if an Inspector could not work out what events see, since some of them are missing."""
        found = None if self.complete else self._section.recorded(level)
        if found is None:
            return None
        from pysysdig.sources.converted_state import ConvertedRecording  # not before it is needed: start-up time

        return ConvertedRecording(found)

    def until(self, latest: int) -> None:
        """See Section. What is left out does not count in the numbers of what follows; therefore only at the end of a capture."""
        self._section.until(latest)

    def batches(self) -> Iterator[EventBatch]:
        """The events, once, in order; errors as those of the section."""
        yield from map(self.converter.convert, self._section.batches())


def converted(sections: Iterable[Section]) -> Iterator[ConvertedSection]:
    """Sections as the current libraries see them."""
    dropped = 0
    for section in sections:
        current = ConvertedSection(section, dropped)
        yield current
        dropped = current.converter.dropped


class Converter:
    """Converts the batches of one capture section, in order.

    dropped  events left out so far, hidden in the event numbers; hand it on to the converter of a section that follows
    """

    def __init__(self, dropped: int = 0, *, renumber: bool = True) -> None:
        """renumber: numbers of events go on where some are left out; else they stay, so that they mean the same as in what is
        known of the state."""
        self.dropped = dropped
        self._renumber = renumber
        self._open: dict[int, bytes] = {}  # thread id -> encoded enter event of an earlier batch
        size = N_TYPES * _COUNTS
        self._flags = np.zeros(size, np.uint8)
        self._final = np.zeros(size, np.uint16)
        # types + 1, 0 = none: of the enter event that an event asks for, of the one that it is kept as
        self._wanted = np.zeros(size, np.uint16)
        self._stored = np.zeros(size, np.uint16)

    def convert(self, batch: EventBatch) -> EventBatch:
        """The batch as the current libraries deliver it; itself if that is no different. Valid as long as `batch` is, which stays
        as it is."""
        keys = self._keys(batch)
        flags = self._flags.take(keys)
        enter = np.full(len(batch), _NONE, np.int32)
        carried = self._pair(batch, keys, enter)
        if (flags & (_KEEP | _SAME) == _KEEP | _SAME).all():
            if not self.dropped or not self._renumber:
                return batch
            if batch.encoded:
                renumbered = copy(batch)  # others may be reading it, too
                renumbered.num = batch.num - self.dropped
                return renumbered
        kept = np.flatnonzero(flags & _KEEP)
        gone = (self.dropped + kept - np.arange(len(kept))) * self._renumber
        self.dropped += len(batch) - len(kept)
        return ConvertedBatch(batch, kept, batch.num.take(kept) - gone, self._final.take(keys.take(kept)), keys, enter, carried)

    def _keys(self, batch: EventBatch) -> Keys:
        """Type and number of parameters of each event as one number."""
        counts = batch.counts
        if native is not None:
            out = np.empty(len(batch), np.uint16)
            if not native.shape_keys(batch.type, np.require(counts, np.uint32, ["C", "ALIGNED"]), self._flags, out):
                self._learn_new(out)
            return out
        if len(counts) and int(counts.max()) >= _COUNTS:
            counts = np.minimum(counts, _COUNTS - 1)
        keys = batch.type * np.uint16(_COUNTS)
        keys += counts.astype(np.uint16)
        self._learn_new(keys)
        return keys

    def _learn_new(self, keys: Keys) -> None:
        unknown = self._flags.take(keys) == 0
        if unknown.any():
            for key in unique(keys[unknown]).tolist():
                self._learn(key)

    def _learn(self, key: int) -> None:
        found = plan(*divmod(key, _COUNTS))
        same = found.sources is None and found.type == key // _COUNTS
        self._flags[key] = _KNOWN | (_KEEP if found.keep else 0) | (_SAME if same else 0)
        self._final[key] = found.type
        self._wanted[key] = found.enter + 1
        self._stored[key] = found.type + 1 if found.store else 0

    def _pair(self, batch: EventBatch, keys: Keys, enter: npt.NDArray[np.int32]) -> list[bytes]:
        """Find the enter event of each exit event that asks for one.

        Fills `enter` with positions, or -2 - i for item i of the returned list of encoded events of earlier batches.
        """
        if native is not None:
            firsts, lasts = self._pair_natively(batch.tid, keys, enter)
        else:
            firsts, lasts = self._pair_in_python(batch.tid, keys, enter)
        wanted = self._wanted.take(keys[firsts]).tolist()
        carried: list[bytes] = []
        for at, tid, kind in zip(firsts.tolist(), batch.tid[firsts].tolist(), wanted):
            event = self._open.get(tid)
            if event is not None and int.from_bytes(event[20:22], "little") + 1 == kind:
                enter[at] = -2 - len(carried)
                carried.append(event)
        self._keep_open(batch, keys, lasts, self._stored.take(keys[lasts]))
        return carried

    def _pair_natively(self, tids: Ints, keys: Keys, enter: npt.NDArray[np.int32]) -> tuple[Ints, Ints]:
        """As below, with the native extension."""
        assert native is not None
        firsts, lasts = np.empty((2, len(keys)), np.int64)
        places = np.empty(1 << (2 * len(keys)).bit_length(), np.int32)
        tids = np.require(tids, np.int64, ["C", "ALIGNED"])
        counts = native.stored_enters(tids, keys, self._wanted, self._stored, _SEED, places, enter, firsts, lasts)
        firsts, lasts = firsts[: counts[0]], lasts[: counts[1]]
        return firsts[np.argsort(tids[firsts])], lasts[np.argsort(tids[lasts])]

    def _pair_in_python(self, tids: Ints, keys: Keys, enter: npt.NDArray[np.int32]) -> tuple[Ints, Ints]:
        """Pair within the batch. Returns positions: of each thread's first relevant event if that asks for an enter event, of
        each thread's last one."""
        wanted, stored = self._wanted.take(keys), self._stored.take(keys)
        relevant = np.flatnonzero(wanted | stored)
        if not len(relevant):
            return relevant, relevant
        threads = _ranks(tids.take(relevant))
        order = stable_order(threads)
        at = relevant.take(order)
        threads = threads.take(order)
        first = np.flatnonzero(np.concatenate(((True,), threads[1:] != threads[:-1])))
        wanted, stored = wanted.take(at), stored.take(at)
        fits = wanted[1:] == stored[:-1]
        fits &= wanted[1:] != 0
        fits[first[1:] - 1] = False
        paired = np.flatnonzero(fits)
        enter[at.take(paired + 1)] = at.take(paired)
        last = np.concatenate((first[1:], (len(at),))) - 1
        return at[first[wanted[first] != 0]], at[last]

    def _keep_open(self, batch: EventBatch, keys: Keys, at: Ints, stored: npt.NDArray[np.uint16]) -> None:
        """Note the last relevant event of each thread: what it is kept as, if it is an enter event."""
        data = batch.buf.data
        for tid, pos, kind in zip(batch.tid[at].tolist(), at.tolist(), stored.tolist()):
            if not kind or len(self._open) >= _MAX_THREADS:
                self._open.pop(tid, None)
                continue
            starts, lens, _ = _locate(batch, data, pos, int(keys[pos]))
            self._open[tid] = encode(0, tid, kind - 1, [bytes(data[s : s + n]) for s, n in zip(starts, lens)])


class ConvertedBatch(EventBatch):
    """An EventBatch whose parameters come from the events of another one. See the module docstring."""

    __slots__ = ("_at", "_carried", "_data", "_enter", "_keys", "_origin", "_tail")

    def __init__(
        self,
        origin: EventBatch,
        kept: Ints,
        num: Ints,
        types: npt.NDArray[np.uint16],
        keys: Keys,
        enter: npt.NDArray[np.int32],
        carried: list[bytes],
    ) -> None:
        """Events `kept` of `origin`; `types` are theirs now. keys, enter: of all events of `origin`, see Converter."""
        self.buf, self._tail = origin.extended(_CONSTANTS + b"".join(carried))
        self.num = num
        self._cpu = lambda batch: origin.cpu[kept]
        self.hidden = None if origin.hidden is None else origin.hidden[kept]
        self.v1 = origin.v1
        self.base = origin.base
        self.name = origin.name
        self.damage = None
        self.derived = {}
        self._views = {}
        self._type = types
        self._tid = self._ts = self._headers = None
        self._positions = {}
        self._types = None
        self._origin = origin
        self._at = kept
        self._keys = keys
        self._enter = enter
        lengths = np.array([0, *map(len, carried)], np.int64)
        off = self._tail + len(_CONSTANTS) + np.cumsum(lengths)[:-1]
        self._carried = EventBatch(self.buf, off, off, np.zeros(len(carried), np.uint16))
        self._data = self.buf.data

    encoded = False

    @property
    def origin(self) -> EventBatch:
        """What it was made from."""
        return self._origin

    @property
    def kept(self) -> Ints:
        """Where its events are there."""
        return self._at

    def __len__(self) -> int:
        return len(self._at)

    @property
    def off(self) -> Ints:  # type: ignore[override]
        """Where the headers are, and maybe other parameters."""
        return self._origin.off[self._at]

    @property
    def ts(self) -> npt.NDArray[np.uint64]:
        if self._ts is None:
            self._ts = self._origin.ts.take(self._at)
        return self._ts

    @property
    def tid(self) -> Ints:
        if self._tid is None:
            self._tid = self._origin.tid.take(self._at)
        return self._tid

    def ts_of(self, pos: Ints) -> npt.NDArray[np.uint64]:
        return self._origin.ts_of(self._at[pos])

    @property
    def extent(self) -> tuple[int, int]:
        return 0, len(self.buf)

    def unpack(self) -> None:
        self._origin.unpack()

    def verify(self) -> None:
        """As of the events that it was made from: of those, too, that conversion leaves out."""
        self._origin.verify()

    def spans(self, type_: int, pos: Ints) -> Spans:
        at = self._at[pos]
        keys = self._keys[at]
        if not len(keys):
            return Spans(np.zeros((0, 0), np.int64), np.zeros((0, 0), np.int64))
        if (keys == keys[0]).all():
            return self._same_shape(int(keys[0]), at)
        parts = [(np.flatnonzero(keys == key), int(key)) for key in unique(keys)]
        return _together([(where, self._same_shape(key, at[where])) for where, key in parts], len(at))

    def first(self, type_: int, pos: Ints) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        at = self._at[pos]
        kinds = set()
        for key in unique(self._keys[at]).tolist():
            what = _plan(key)
            if what.sources and what.sources[0][:2] != (OWN, 0):
                return self.numbers(type_, 0, pos)
            kinds.add(key // _COUNTS)
        return self._origin.first(kinds.pop(), at) if len(kinds) == 1 else self.numbers(type_, 0, pos)

    fd_numbers = EventBatch.fd_numbers_by_type

    def parameter(self, type_: int, index: int, pos: Ints) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        at = self._at[pos]
        keys = self._keys[at]
        what = _plan(int(keys[0])) if len(keys) and (keys == keys[0]).all() else None
        if what is None or what.sources is None or index >= len(what.sources):
            return super().parameter(type_, index, pos)
        source = what.sources[index]
        if source.kind == ENTER and source.param == 0:
            enter = self._enter[at].astype(np.int64)
            if (enter >= 0).all():
                values, valid = self._origin.first(what.enter, enter)
                if valid.all():
                    return values, valid
        elif source.kind == OWN and source.param == 0:
            return self._origin.first(int(keys[0]) // _COUNTS, at)
        return super().parameter(type_, index, pos)

    def _same_shape(self, key: int, at: Ints) -> Spans:
        """Spans of the events at positions `at` of the origin, which all have the same type and number of parameters."""
        what = _plan(key)
        own = self._origin.spans(key // _COUNTS, at)
        if what.sources is None:
            return own
        enter = self._enter_spans(at) if what.enter >= 0 else None
        start = np.empty((len(what.sources), len(at)), np.int64)
        length = np.empty((len(what.sources), len(at)), np.int64)
        for i, source in enumerate(what.sources):
            if source.kind == OWN and source.param < len(own.start):
                start[i], length[i] = own.start[source.param], own.length[source.param]
            elif source.kind == ENTER and enter is not None and source.param < len(enter.start):
                there = enter.length[source.param] >= 0
                start[i] = np.where(there, enter.start[source.param], self._constant(source))
                length[i] = np.where(there, enter.length[source.param], source.size)
            else:
                start[i] = self._constant(source)
                length[i] = -1 if source.kind == OWN else source.size
            if source.cap >= 0:
                np.minimum(length[i], source.cap, out=length[i])
        return Spans(start, length)

    def _enter_spans(self, at: Ints) -> Spans:
        """Spans of the enter events of the exit events at `at`; length -1 where there is none."""
        enter = self._enter[at]
        pieces: list[tuple[Ints, Spans]] = []
        here = np.flatnonzero(enter >= 0)
        kinds = self._origin.type[enter[here]]
        for kind in unique(kinds).tolist():
            where = here[kinds == kind]
            pieces.append((where, self._origin.spans(kind, enter[where])))
        there = np.flatnonzero(enter < _NONE)
        if len(there):
            index = -2 - enter[there].astype(np.int64)
            pieces.append((there, self._carried.spans(int(self._carried.type[index[0]]), index)))
        return _together(pieces, len(at))

    def _constant(self, source: Source) -> int:
        return self._tail + (8 if source.ones else 0)

    def locate(self, pos: int) -> tuple[list[int], Sequence[int], int]:
        """(starts, lengths, type) of the parameters of one event, offsets in `buf`."""
        at = int(self._at[pos])
        key = int(self._keys[at])
        what = _plan(key)
        starts, lens, _ = _locate(self._origin, self._data, at, key)
        if what.sources is None:
            return starts, lens, what.type
        e_starts, e_lens = self._single_enter(int(self._enter[at])) if what.enter >= 0 else ([], ())
        out_starts, out_lens = [], []
        for kind, param, cap, size, ones in what.sources:
            if kind == OWN and param < len(starts):
                start, length = starts[param], lens[param]
            elif kind == ENTER and param < len(e_starts):
                start, length = e_starts[param], e_lens[param]
            else:
                start, length, cap = self._tail + (8 if ones else 0), size, -1
            out_starts.append(start)
            out_lens.append(length if cap < 0 or length < cap else cap)
        return out_starts, tuple(out_lens), what.type

    def _single_enter(self, enter: int) -> tuple[list[int], Sequence[int]]:
        if enter == _NONE:
            return [], ()
        if enter >= 0:
            return _locate(self._origin, self._data, enter, int(self._keys[enter]))[:2]
        return locate(self._data, int(self._carried.off[-2 - enter]))[:2]


def _locate(batch: EventBatch, data: memoryview, pos: int, key: int) -> tuple[list[int], Sequence[int], int]:
    """(starts, lengths, type) of the parameters of one event of a batch, offsets in `data`; key: see Converter."""
    if not batch.encoded:
        return batch.locate(pos)
    return locate(data, int(batch.off[pos]), key % _COUNTS if batch.v1 else -1)


def _plan(key: int) -> Plan:
    return plan(*divmod(key, _COUNTS))


def _ranks(tids: Ints) -> npt.NDArray[Any]:
    """Small numbers for thread ids: a stable sort of 16-bit numbers takes a tenth of the time."""
    low, high = int(tids.min()), int(tids.max())
    if low < 0 or high >= 1 << 22:
        return unique_inverse(tids)[1]
    if high < 1 << 16:
        return tids.astype(np.uint16)
    seen = np.zeros(high + 1, bool)
    seen[tids] = True
    ranks = np.cumsum(seen)
    return ranks.astype(np.uint16)[tids] if ranks[-1] < 1 << 16 else tids


def _together(pieces: Sequence[tuple[Ints, Spans]], count: int) -> Spans:
    """Spans of `count` events from those of some of them: (which ones, spans); length -1 for the others."""
    rows = max((len(spans.start) for _, spans in pieces), default=0)
    start = np.zeros((rows, count), np.int64)
    length = np.full((rows, count), -1, np.int64)
    for where, spans in pieces:
        start[: len(spans.start), where] = spans.start
        length[: len(spans.length), where] = spans.length
    return Spans(start, length)
