"""Access to the parameters of single events, for the few that change state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from struct import Struct
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.batch import EventBatch
from pysysdig.events.layout import HEAD, HEADER_V1
from pysysdig.events.single import encode, locate
from pysysdig.events.spans import Spans, slack
from pysysdig.events.table import CURRENT, LARGE_PAYLOAD, load
from pysysdig.speed import native

_LENS = [Struct(f"<{n}H") for n in range(64)]
_I64 = Struct("<q")
_U64 = Struct("<Q")
_LARGE = bytes(bool(info.flags & LARGE_PAYLOAD) for info in load(CURRENT))
_WORTH = 16  # events of a type located at once for each one asked for


class Params:
    """The parameters of one event. Absent, empty or wrongly sized ones read as 0 or "" (the caller checks `n`)."""

    __slots__ = ("_data", "_lens", "_starts", "n", "type")

    def __init__(self, data: memoryview, starts: list[int], lens: Sequence[int], type_: int) -> None:
        self._data = data
        self._starts = starts
        self._lens = lens
        self.n = len(lens)
        self.type = type_

    def size(self, i: int) -> int:
        """Length in bytes, 0 if absent."""
        return self._lens[i] if i < self.n else 0

    def i64(self, i: int) -> int:
        """Signed 64-bit value."""
        if i < self.n and self._lens[i] == 8:
            value: int = _I64.unpack_from(self._data, self._starts[i])[0]
            return value
        return 0

    def u64(self, i: int) -> int:
        """Unsigned 64-bit value."""
        if i < self.n and self._lens[i] == 8:
            value: int = _U64.unpack_from(self._data, self._starts[i])[0]
            return value
        return 0

    def uint(self, i: int) -> int:
        """Unsigned value of whatever width was recorded (1, 2, 4 or 8 bytes)."""
        if i >= self.n or self._lens[i] > 8:
            return 0
        s = self._starts[i]
        return int.from_bytes(self._data[s : s + self._lens[i]], "little")

    def text(self, i: int) -> str:
        """Byte text up to the first NUL."""
        if i >= self.n or not self._lens[i]:
            return ""
        s = self._starts[i]
        out = str(self._data[s : s + self._lens[i]], "latin-1")
        end = out.find("\0")
        return out if end < 0 else out[:end]

    def data(self, i: int) -> bytes:
        """Raw bytes."""
        if i >= self.n:
            return b""
        s = self._starts[i]
        return bytes(self._data[s : s + self._lens[i]])

    def texts(self, i: int) -> tuple[str, ...]:
        """NUL-separated byte text items (arguments, environment, cgroups)."""
        raw = self.data(i)
        if not raw:
            return ()
        if raw.endswith(b"\0"):
            raw = raw[:-1]
        return tuple(str(raw, "latin-1").split("\0"))


NO_PARAMS = Params(memoryview(b""), [], (), -1)


def decode(data: memoryview, offset: int, v1_count: int = -1) -> Params:
    """The parameters of the encoded event at `offset`; v1_count is the number of parameters for old headers.

    A table that does not fit the event yields no parameters: EventBatch.spans reports the damage where it is shown.
    """
    starts, lens, type_ = locate(data, offset, v1_count)
    return Params(data, starts, lens, type_)


def batch_params(batch: EventBatch) -> BatchParams:
    """The parameters of a batch's events, by position."""
    return BatchParams(batch) if native is None else NativeBatchParams(batch)


class BatchParams:
    """Decodes parameters of events of one batch by position."""

    __slots__ = ("_asked", "_batch", "_data", "_expected", "_located")

    def __init__(self, batch: EventBatch) -> None:
        self._batch = batch
        self._data = batch.buf.data
        self._located: dict[int, Any] = {}  # what `_recall` takes
        self._expected: dict[int, npt.NDArray[np.int64]] = {}
        self._asked: dict[int, int] = {}  # how often for each of those types

    def expect(self, type_: int, pos: npt.NDArray[np.int64]) -> None:
        """Events of a type that may be asked for: all are located at once as soon as enough of them are."""
        self._expected[type_] = pos

    def _locate(self, type_: int) -> None:
        pos = self._expected.pop(type_)
        damage = self._batch.damage
        spans = self._batch.spans(type_, pos)
        self._batch.damage = damage  # state passes over it, who shows the event reports it
        if len(spans.length) and int(spans.length.min()) >= 0:  # else there is damage, or their shapes are mixed
            self._located.update(zip(pos.tolist(), self._kept(spans, type_)))

    def _kept(self, spans: Spans, type_: int) -> Iterable[Any]:
        """What to keep of each event's spans."""
        return zip(spans.start.T.tolist(), spans.length.T.tolist(), repeat(type_))

    def _recall(self, known: Any) -> Params:
        return Params(self._data, *known)

    def _of_lists(self, starts: list[int], lens: Sequence[int], type_: int) -> Params:
        return Params(self._data, starts, lens, type_)

    def _of_event(self, offset: int, v1_count: int) -> Params:
        return decode(self._data, offset, v1_count)

    def __getitem__(self, pos: int) -> Params:
        """The parameters of the event at `pos`."""
        known = self._located.get(pos)
        if known is not None:
            return self._recall(known)
        type_ = int(self._batch.type[pos])
        if type_ in self._expected:
            asked = self._asked[type_] = self._asked.get(type_, 0) + 1
            if asked * _WORTH > len(self._expected[type_]):
                self._locate(type_)
                return self[pos]
        if not self._batch.encoded:
            return self._of_lists(*self._batch.locate(pos))
        offset = int(self._batch.off[pos])
        return self._of_event(offset, self._v1_count(offset, pos) if self._batch.v1 else -1)

    def _v1_count(self, offset: int, pos: int) -> int:
        """Number of parameters of an event whose header does not say: the largest that fills it exactly."""
        from pysysdig.events.table import CURRENT, N_TYPES, load

        length, type_ = HEAD.unpack_from(self._data, offset)[2:]
        if type_ >= N_TYPES:
            return 0
        excess = slack(type_)
        for n in range(len(load(CURRENT)[type_].params), -1, -1):
            at = offset + HEADER_V1
            if HEADER_V1 + 2 * n > length or at + 2 * n > len(self._data):
                continue
            if HEADER_V1 + 2 * n + sum(_LENS[n].unpack_from(self._data, at)) == length - excess:
                return n
        return 0

    def encoded(self, pos: int) -> tuple[bytes, int]:
        """A copy of the event and its V1 parameter count (-1 for new headers), to be kept beyond the batch."""
        if not self._batch.encoded:
            starts, lens, type_ = self._batch.locate(pos)
            return encode(0, 0, type_, [bytes(self._data[s : s + n]) for s, n in zip(starts, lens)]), -1
        offset = int(self._batch.off[pos])
        length = HEAD.unpack_from(self._data, offset)[2]
        count = self._v1_count(offset, pos) if self._batch.v1 else -1
        return bytes(self._data[offset : offset + length]), count


class NativeBatchParams(BatchParams):
    """The same with the native extension, which makes the objects."""

    __slots__ = ("_event", "_off", "_region")

    def __init__(self, batch: EventBatch) -> None:
        super().__init__(batch)
        assert native is not None
        self._region = native.Region(batch.buf, _LARGE)
        self._event: Callable[[int, int], Params] = self._region.event
        self._off = batch.off.data if batch.encoded and not batch.v1 else None

    def _kept(self, spans: Spans, type_: int) -> Iterable[Any]:
        located = self._region.columns(np.ascontiguousarray(spans.start), np.ascontiguousarray(spans.length), type_)
        return zip(repeat(located.params), range(spans.start.shape[1]))

    def _recall(self, known: Any) -> Params:
        params, column = known
        found: Params = params(column)
        return found

    def _of_lists(self, starts: list[int], lens: Sequence[int], type_: int) -> Params:
        found: Params = self._region.lists(starts, lens, type_)
        return found

    def _of_event(self, offset: int, v1_count: int) -> Params:
        return self._event(offset, v1_count)

    def __getitem__(self, pos: int) -> Params:
        return super().__getitem__(pos) if self._off is None else self._event(self._off[pos], -1)
