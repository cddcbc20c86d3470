"""Byte text of many spans of a batch.

Decoding a whole batch once and slicing the result costs a third of decoding span by span, but only pays when much of
it is wanted: the choice is made here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pysysdig.events.batch import EventBatch
from pysysdig.events.column import CutColumn
from pysysdig.render.buffers import DOT_TABLE

Ints = npt.NDArray[np.int64]

_WORTH = 160  # bytes of batch per selected event up to which decoding all of it is cheaper


class Slices:
    """Texts of spans (start, end offsets in the batch's buffer), for `events` selected events."""

    __slots__ = ("_batch", "_dotted", "_high", "_low", "_text", "_whole")

    def __init__(self, batch: EventBatch, events: int) -> None:
        self._batch = batch
        self._low, self._high = batch.extent
        self._whole = self._high - self._low <= events * _WORTH
        self._text: str | None = None
        self._dotted: str | None = None

    def text(self, start: Ints, end: Ints) -> list[str]:
        """The bytes as they are."""
        if self._text is None and self._whole:
            self._batch.unpack()
            self._text = str(self._batch.buf[self._low : self._high].data, "latin-1")
        if self._text is None:
            data = self._batch.buf.data
            return [str(data[i:j], "latin-1") for i, j in zip(start.tolist(), end.tolist())]
        return self._cut(self._text, start, end)

    def dotted(self, start: Ints, end: Ints) -> list[str]:
        """The bytes with a dot for each that is not printable ASCII."""
        if self._dotted is None and self._whole:
            self._batch.unpack()
            self._dotted = str(self._batch.buf[self._low : self._high].tobytes().translate(DOT_TABLE), "latin-1")
        if self._dotted is None:
            data = self._batch.buf.data
            return [str(bytes(data[i:j]).translate(DOT_TABLE), "latin-1") for i, j in zip(start.tolist(), end.tolist())]
        return self._cut(self._dotted, start, end)

    def cut(self, start: Ints, length: Ints) -> CutColumn:
        """`dotted`, by length instead of end, without making the texts."""
        return CutColumn(self._batch.buf, start, length, dots=True)

    def raw(self, start: Ints, end: Ints) -> list[bytes]:
        """The bytes themselves."""
        data = self._batch.buf.data
        return [bytes(data[i:j]) for i, j in zip(start.tolist(), end.tolist())]

    def _cut(self, text: str, start: Ints, end: Ints) -> list[str]:
        low = self._low
        return [text[i:j] for i, j in zip((start - low).tolist(), (end - low).tolist())]
