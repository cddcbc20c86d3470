"""Groups of like events, and how their values become pieces of text.

A Group is a set of events of one type with the same number of parameters. Values that repeat are rendered once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.column import CutColumn, DictColumn
from pysysdig.events.flags import AT_FDCWD
from pysysdig.events.spans import Spans
from pysysdig.events.table import OLD, EventInfo
from pysysdig.events.text import cleaned
from pysysdig.render.options import RenderOptions
from pysysdig.render.pieces import Coded, Piece, compact
from pysysdig.render.slices import Slices
from pysysdig.speed import native
from pysysdig.state.table import RowAttribute
from pysysdig.state.threads import ThreadInfo

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
Pieces = list[Piece]
ToText = Callable[[int], str]

_LEADER_CWD: RowAttribute[ThreadInfo] = RowAttribute(lambda t: t.cwd if t.is_main else None, reads=("cwd", "tid", "pid", "flags"))
ABSENT, RELATIVE, ODD = 1, 2, 4  # of texts: absent or (NULL), without a slash at the front, long or not printable ASCII
_FEW = 128  # groups up to this size are rendered value by value: numpy's fixed costs would exceed the gain
_SPARSE = 16  # values are looked up in a table of at most so many times their number


class Group:
    """Events of one type with the same number of parameters.

    pos     int64 (n,): their positions in the batch
    spans   where their parameters are
    """

    __slots__ = ("info", "n", "options", "pos", "slices", "spans", "view")

    def __init__(self, view: EventView, info: EventInfo, pos: Ints, spans: Spans, slices: Slices, options: RenderOptions) -> None:
        self.view = view
        self.options = options
        self.info = info
        self.pos = pos
        self.n = len(pos)
        self.spans = spans
        self.slices = slices

    def subset(self, rows: Ints) -> Group:
        """The events at some rows of the group."""
        spans = Spans(self.spans.start[:, rows], self.spans.length[:, rows])
        return Group(self.view, self.info, self.pos[rows], spans, self.slices, self.options)

    def inner(self, i: int, rows: Ints) -> Group:
        """Some rows, with the first byte of parameter `i` (the selector of a DYN) taken off."""
        g = self.subset(rows)
        g.spans.start[i] += 1
        g.spans.length[i] -= 1
        return g

    def numbers(self, i: int, type_: str) -> npt.NDArray[Any]:
        """Values of a fixed-size parameter; 0 where it has another size."""
        return self.view.batch.fixed(self.spans, i, type_)[0]

    def texts(self, i: int) -> list[str]:
        """A text parameter up to its NUL; `<NA>` where it is empty or the recorder's (NULL)."""
        start, length = self.spans.start[i], self.spans.length[i]
        end = start + length
        last = self.view.batch.buf[np.maximum(end - 1, 0)]
        out = self.slices.text(start, end - ((last == 0) & (length > 0)))
        for k, text in enumerate(out):
            if "\0" in text:
                out[k] = text = text[: text.index("\0")]
            if text == "(NULL)":
                out[k] = "<NA>"
        for k in np.flatnonzero(length <= 0).tolist():
            out[k] = "<NA>"
        return out

    def cut(self, i: int, limit: int) -> tuple[CutColumn, npt.NDArray[np.uint8]]:
        """`texts` without making them, and what is special about each: RELATIVE, ODD. With the native extension only."""
        assert native is not None
        start, length = np.ascontiguousarray(self.spans.start[i]), np.ascontiguousarray(self.spans.length[i])
        size, kinds = np.empty(self.n, np.int64), np.empty(self.n, np.uint8)
        seen = native.text_ends(self.view.batch.buf, start, length, limit, size, kinds)
        out = CutColumn(self.view.batch.buf, start, size)
        if seen & ABSENT:
            rows = np.flatnonzero(kinds & ABSENT)
            out = out.replaced(rows, ["<NA>"] * len(rows))
        return out, kinds

    def raw(self, i: int) -> list[bytes]:
        """The bytes of a parameter."""
        start = self.spans.start[i]
        return self.slices.raw(start, start + np.maximum(self.spans.length[i], 0))

    @property
    def threads(self) -> npt.NDArray[np.int32]:
        """Rows of the events' threads."""
        return self.view.thread_at(self.pos)

    def directories(self, i: int, rows: Ints) -> list[str]:
        """What relative paths in parameter `i` of the events at `rows` start from, with the slash that joining needs."""
        view = self.view
        param = self.info.params[i]
        dirfd = param.dirfd
        cwds = self.cwds(rows)
        if param.type != "FSRELPATH" or not 0 <= dirfd < len(self.spans.start) or self.info.params[dirfd].type != "FD":
            return cwds
        pos = self.pos[rows]
        numbers = self.subset(rows).numbers(dirfd, "FD")
        if (numbers == AT_FDCWD).all():
            return cwds
        known, old = view.fds.rows, view.generation == OLD
        for k, (number, row) in enumerate(zip(numbers.tolist(), view.fd_at(view.thread_at(pos), numbers, pos).tolist())):
            if number == AT_FDCWD:
                continue
            name = known[row].name if row >= 0 else ""
            if old:
                cwds[k] = cleaned(name) + "/" if name else ""
            else:
                cwds[k] = name if not name or name[-1] == "/" else name + "/"
        return cwds

    def cwds(self, rows: Ints) -> list[str]:
        """Current directories of the processes of the events at `rows`, those of their leaders."""
        mains = self.view.main_at(self.pos[rows])
        column = self.view.threads.text(mains, _LEADER_CWD)
        return ["./" if cwd is None else cwd for cwd in column.tolist()]


def coded(values: npt.NDArray[Any], fn: ToText) -> Piece:
    """fn(value) for each value, computed once per distinct value where they repeat."""
    n = len(values)
    if n <= _FEW:
        return list(map(fn, values.tolist()))
    low, high = int(values.min()), int(values.max())
    span = high - low + 1
    if span <= _SPARSE * n:
        used, dense = compact((values - values.dtype.type(low)).astype(np.int64), span)
        if 2 * len(used) <= n:
            return Coded(dense, [fn(v + low) for v in used.tolist()])
    memo: dict[int, str] = {}
    out = []
    for v in values.tolist():
        text = memo.get(v)
        if text is None:
            text = memo[v] = fn(v)
        out.append(text)
    return out


def coded_texts(column: DictColumn, absent: str = "") -> Piece:
    """The texts of a column as a piece."""
    values = column.dictionary.values
    n = len(column.codes)
    if n <= _FEW:
        return [values[c] if c >= 0 else absent for c in column.codes.tolist()]
    used, dense = compact(column.codes.astype(np.int64) + 1, len(values) + 1)
    return Coded(dense, [values[c - 1] if c else absent for c in used.tolist()])


def spread(piece: Piece, n: int) -> list[str]:
    """One text an event."""
    if isinstance(piece, Coded):
        return piece.spread()
    if isinstance(piece, CutColumn):
        return piece.items
    return [piece] * n if isinstance(piece, str) else piece


def resolved(value: str, name: str, full: bool) -> str:
    """VALUE(RESOLVED), or the better of both."""
    if not name:
        return value
    return f"{value}({name})" if full else name
