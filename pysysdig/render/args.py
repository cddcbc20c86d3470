"""evt.args and evt.arg.X: the text of parameters for a selection of events (docs/reference/output-format.md 4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.column import CutColumn, ObjColumn
from pysysdig.events.spans import Spans
from pysysdig.events.table import CONVERTER_MANAGED, CURRENT, GENERIC_E, GENERIC_X, OLD, load
from pysysdig.render.group import Group
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.render.params import pieces_of, texts_of
from pysysdig.render.pieces import Coded, Piece, cut, lines
from pysysdig.render.slices import Slices
from pysysdig.speed import native

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


def groups(
    view: EventView, sel: Ints, options: RenderOptions = PLAIN, skip: frozenset[int] = frozenset()
) -> Iterator[tuple[Ints, Group]]:
    """The selected events by type and number of parameters: (indices into `sel`, Group).

    Types in `skip` and events without parameters are left out. For captures of exit events only, parameters that an
    older recorder did not know yet count as empty, as the converter of the current libraries makes them.
    """
    table = load(view.generation)
    slices = Slices(view.batch, len(sel))
    types = view.batch.type_of(sel)
    everything = len(sel) == len(view.batch)
    for type_ in view.batch.types(sel):
        info = table[type_]
        most = len(info.params)
        if type_ in skip or not most:
            continue
        where = view.batch.positions(type_) if everything else np.flatnonzero(types == type_)
        pos = sel[where]
        spans = view.batch.spans(type_, pos)
        if view.generation == CURRENT and info.flags & CONVERTER_MANAGED:
            yield where, Group(view, info, pos, _filled(spans, most), slices, options)
            continue
        have = min(len(spans.start), most)
        if not have:
            continue
        if (spans.length[have - 1] >= 0).all():
            yield where, Group(view, info, pos, Spans(spans.start[:have], spans.length[:have]), slices, options)
            continue
        counts = (spans.length[:have] >= 0).sum(axis=0)
        for count in range(1, have + 1):
            rows = np.flatnonzero(counts == count)
            if len(rows):
                part = Spans(spans.start[:count, rows], spans.length[:count, rows])
                yield where[rows], Group(view, info, pos[rows], part, slices, options)


def _filled(spans: Spans, most: int) -> Spans:
    have, n = spans.start.shape
    start, length = np.zeros((most, n), np.int64), np.zeros((most, n), np.int64)
    keep = min(have, most)
    start[:keep] = spans.start[:keep]
    length[:keep] = np.maximum(spans.length[:keep], 0)
    return Spans(start, length)


_GENERIC = frozenset({GENERIC_E, GENERIC_X})


def args_column(view: EventView, sel: Ints, options: RenderOptions = PLAIN) -> ObjColumn:
    """All parameters of each selected event: `name=VALUE(RESOLVED) ` one after the other, empty for generic events.

    The trailing blank stays for captures of enter and exit events, as sysdig 0.36 prints it.
    """
    if native is not None:
        return _cut(view, sel, options)
    out: npt.NDArray[Any] = np.full(len(sel), "", object)
    for where, group in groups(view, sel, options, _GENERIC):
        out[where] = lines(_pieces(group, view.generation == OLD), group.n)
    return ObjColumn(out.tolist())


def _cut(view: EventView, sel: Ints, options: RenderOptions) -> CutColumn:
    start, length = np.zeros(len(sel), np.int64), np.zeros(len(sel), np.int64)
    parts = []
    at = 0
    for where, group in groups(view, sel, options, _GENERIC):
        part = cut(_pieces(group, view.generation == OLD), group.n)
        start[where] = part.start + at
        length[where] = part.length
        parts.append(part.buf)
        at += len(part.buf)
    return CutColumn(np.concatenate(parts) if parts else np.empty(0, np.uint8), start, length)


def _pieces(group: Group, trailing: bool) -> list[Piece]:
    pieces: list[Piece] = []
    count = len(group.spans.start)
    for i, param in enumerate(group.info.params[:count]):
        pieces.append(f"{' ' if i else ''}{param.name}=")
        pieces += pieces_of(group, i, param, True)
    if trailing:
        pieces.append(" ")
    return pieces


def arg_texts(view: EventView, sel: Ints, which: int | str, options: RenderOptions = PLAIN) -> list[str | None]:
    """One parameter of each selected event, by index or by name: its resolved text if it has one, else its value.

    None where the event has no such parameter.
    """
    if native is not None:
        return arg_cut(view, sel, which, options).items
    out: npt.NDArray[Any] = np.full(len(sel), None, object)
    for where, group in groups(view, sel, options):
        i = which if isinstance(which, int) else group.info.param_index(which)
        if 0 <= i < len(group.spans.start):
            out[where] = texts_of(group, i, group.info.params[i], False)
    result: list[str | None] = out.tolist()
    return result


def arg_cut(view: EventView, sel: Ints, which: int | str, options: RenderOptions = PLAIN) -> CutColumn:
    """`arg_texts` without making them, with the native extension only. What repeats is among the `texts` of the column."""
    start, length = np.zeros(len(sel), np.int64), np.full(len(sel), CutColumn.MISSING)
    texts: list[str] = []
    dots: bool | None = None  # not known so far
    for where, group in groups(view, sel, options):
        i = which if isinstance(which, int) else group.info.param_index(which)
        if not 0 <= i < len(group.spans.start):
            continue
        pieces = pieces_of(group, i, group.info.params[i], False)
        piece = pieces[0] if len(pieces) == 1 else lines(pieces, group.n)
        if isinstance(piece, CutColumn) and piece.buf is view.batch.buf and dots in (None, piece.dots):
            dots = piece.dots
            start[where], length[where] = piece.start + (piece.length < 0) * len(texts), piece.length
            texts += piece.texts
            continue
        piece = piece.items if isinstance(piece, CutColumn) else [piece] if isinstance(piece, str) else piece
        known = piece.texts if isinstance(piece, Coded) else piece
        codes = piece.codes if isinstance(piece, Coded) else np.arange(len(known)) if len(known) == group.n else 0
        start[where], length[where] = codes + len(texts), -1
        texts += known
    return CutColumn(view.batch.buf, start, length, bool(dots), texts)
