"""Parameters of events as pieces of text: texts, paths, buffers, the choice by type (docs/reference/output-format.md 4, 5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from pysysdig.events._event_table import DYNAMIC
from pysysdig.events.arrays import unique
from pysysdig.events.table import OLD, SIZES, Param
from pysysdig.events.text import cleaned
from pysysdig.render import buffers
from pysysdig.render import param_numbers as numbers
from pysysdig.render import param_state as state
from pysysdig.render.group import ODD, RELATIVE, Group, Pieces, resolved, spread
from pysysdig.render.options import DOTS
from pysysdig.speed import native
from pysysdig.state.paths import concatenate

_PATH_LIMIT = 1023  # the reference's path buffer
_NULL_TYPES = frozenset({"BYTEBUF", "SOCKTUPLE", "FDLIST", "CHARBUFARRAY", "CHARBUF_PAIR_ARRAY", "DYN"})
_TEXT_TYPES = frozenset({"CHARBUF", "FSPATH", "FSRELPATH"})


def _charbuf(g: Group, i: int, p: Param, full: bool) -> Pieces:
    return [g.texts(i)] if native is None else [g.cut(i, 0)[0]]


def _path(g: Group, i: int, p: Param, full: bool) -> Pieces:
    if native is None:
        return [_path_texts(g, i, full)]
    texts, kinds = g.cut(i, _PATH_LIMIT)
    rows = np.flatnonzero(kinds & (RELATIVE | ODD if g.view.generation == OLD else RELATIVE))
    return [texts.replaced(rows, _path_texts(g.subset(rows), i, full)) if len(rows) else texts]


def _path_texts(g: Group, i: int, full: bool) -> list[str]:
    old = g.view.generation == OLD
    texts = g.texts(i)
    relative = []
    for k, path in enumerate(texts):
        if path[:1] != "/":
            if path and path != "<NA>":
                relative.append(k)
        elif old and not (path.isascii() and path.isprintable() and len(path) <= _PATH_LIMIT):
            texts[k] = cleaned(path)[:_PATH_LIMIT]
    if not relative:
        return texts
    rows = np.array(relative, np.int64)
    known = (g.threads[rows] >= 0).tolist()
    for k, has_thread, base in zip(relative, known, g.directories(i, rows)):
        texts[k] = _relative(base if has_thread else None, texts[k], old, full)
    return texts


@lru_cache(maxsize=4096)
def _relative(base: str | None, path: str, old: bool, full: bool) -> str:
    """A relative path with what it stands for; base: what it starts from, None if its thread is not known."""
    whole = "" if base is None else concatenate(base, path, not old)
    if old:
        path, whole = cleaned(path)[:_PATH_LIMIT], cleaned(whole)
    return resolved(path, whole, full)


def _bytes(g: Group, i: int, p: Param, full: bool) -> Pieces:
    start, length = g.spans.start[i], g.spans.length[i]
    if g.options.buffers != DOTS:
        return [list(map(buffers.renderer(g.options.buffers), g.raw(i)))]
    limit = _buffer_limit(g)
    if native is not None:
        whole = g.slices.cut(start, length)
        rows = np.flatnonzero(length > limit) if limit else np.zeros(0, np.int64)
        if not len(rows):
            return [whole]
        most = np.full(len(rows), limit + 1, np.int64)
        return [whole.replaced(rows, [buffers.shortened(t, limit) for t in g.slices.cut(start[rows], most).items])]
    if not limit or not (length > limit).any():
        return [g.slices.dotted(start, start + length)]
    texts = g.slices.dotted(start, start + np.minimum(length, limit + 1))
    for k in np.flatnonzero(length > limit).tolist():
        texts[k] = buffers.shortened(texts[k], limit)
    return [texts]


def _buffer_limit(g: Group) -> int:
    """Longest dotted text of a buffer, 0 = no limit. The current libraries never shorten."""
    return 0 if g.options.json or g.view.generation != OLD else g.options.max_len


def _dynamic(g: Group, i: int, p: Param, full: bool) -> Pieces:
    choices = DYNAMIC.get(p.dynamic or "", ())
    which = g.view.batch.buf[g.spans.start[i]]
    out: list[str] = [""] * g.n
    for index in unique(which).tolist():
        rows = np.flatnonzero(which == index)
        if index >= len(choices):
            texts = ["INVALID DYNAMIC PARAMETER"] * len(rows)
        else:
            inner = p._replace(type=choices[index][0], flags_table=None)
            texts = texts_of(g.inner(i, rows), i, inner, full, empty="")
        for k, text in zip(rows.tolist(), texts):
            out[k] = text
    return [out]


def _unknown(g: Group, i: int, p: Param, full: bool) -> Pieces:
    return ["(n.a.)"]


_RENDERERS: dict[str, Callable[[Group, int, Param, bool], Pieces]] = {
    **dict.fromkeys(("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64"), numbers.number),
    **dict.fromkeys(("FLAGS8", "FLAGS16", "FLAGS32", "ENUMFLAGS8", "ENUMFLAGS16", "ENUMFLAGS32"), numbers.flags),
    **dict.fromkeys(("FSPATH", "FSRELPATH"), _path),
    **dict.fromkeys(("UID", "GID"), state.account),
    "ABSTIME": numbers.abstime,
    "BYTEBUF": _bytes,
    "CHARBUF": _charbuf,
    "DYN": _dynamic,
    "ERRNO": numbers.errno,
    "FD": state.fd,
    "FDLIST": state.fdlist,
    "MODE": numbers.mode,
    "PID": state.pid,
    "RELTIME": numbers.reltime,
    "SIGSET": numbers.signals,
    "SIGTYPE": numbers.signal,
    "SOCKADDR": state.sockaddr,
    "SOCKTUPLE": state.socktuple,
    "SYSCALLID": numbers.syscall,
}


def empty_text(type_: str, generation: str) -> str:
    """What an empty parameter prints."""
    return "NULL" if generation == OLD or type_ in _NULL_TYPES else "<NA>"


def pieces_of(g: Group, i: int, p: Param, full: bool, empty: str | None = None) -> Pieces:
    """Parameter `i` of a group as pieces. `p` describes it; empty or damaged ones print `empty`."""
    render = _RENDERERS.get(p.type, _unknown)
    if p.type in _TEXT_TYPES:
        return render(g, i, p, full)
    length = g.spans.length[i]
    size = SIZES.get(p.type)
    good = length > 0 if size is None else length == size
    if good.all():
        return render(g, i, p, full)
    absent = empty_text(p.type, g.view.generation) if empty is None else empty
    out = [absent] * g.n
    rows = np.flatnonzero(good)
    if len(rows):
        for k, text in zip(rows.tolist(), _flat(render(g.subset(rows), i, p, full), len(rows))):
            out[k] = text
    return [out]


def texts_of(g: Group, i: int, p: Param, full: bool, empty: str | None = None) -> list[str]:
    """As `pieces_of`, one text an event."""
    return _flat(pieces_of(g, i, p, full, empty), g.n)


def _flat(pieces: Pieces, n: int) -> list[str]:
    if len(pieces) == 1:
        return spread(pieces[0], n)
    return ["".join(texts) for texts in zip(*(spread(piece, n) for piece in pieces))]
