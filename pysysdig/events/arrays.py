"""Array helpers. numpy's own `unique` imports numpy.ma on its first call, which costs a fifth of our start-up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Sel = npt.NDArray[np.int64]  # positions of events in a batch, ascending
_FEW = 256  # values that are sorted quickly enough
_REACH = 16  # entries of a table for each value that are still worth it
_MASK = (1 << 64) - 1


def among(values: npt.NDArray[Any], few: Iterable[int]) -> npt.NDArray[np.bool_]:
    """Which of the values are one of a few others: as numpy's isin, several times as fast."""
    out = np.zeros(len(values), bool)
    for value in few:
        out |= values == value
    return out


def within(values: npt.NDArray[Any], others: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which of the values are among the others: as numpy's isin."""
    if not len(others):
        return np.zeros(len(values), bool)
    ranked = np.sort(others)
    found: Mask = ranked.take(np.searchsorted(ranked, values), mode="clip") == values
    return found


def pieces(values: npt.NDArray[Any], starts: Iterable[int]) -> list[npt.NDArray[Any]]:
    """An array cut before each of these indices (ascending): as numpy's split."""
    cuts = [0, *starts, len(values)]
    return [values[a:b] for a, b in zip(cuts, cuts[1:])]


def _sorted(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """(sorted values, stable order, where a new value starts)."""
    order = stable_order(_close(values))
    ranked = values[order]
    new = np.ones(len(ranked), bool)
    np.not_equal(ranked[1:], ranked[:-1], out=new[1:])
    return ranked, order, new


def _marked(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Ints, Ints] | None:
    """(different values ascending, how far they lie above the smallest, how far each of `values` does) for integers that lie
    close together; None for others. No sorting: many times as fast."""
    if len(values) < _FEW or values.dtype.kind not in "iu":
        return None
    low = int(values.min())
    reach = int(values.max()) - low
    if reach > _REACH * len(values):
        return None
    smallest = np.uint64(low & _MASK).astype(np.int64)
    above = values.astype(np.int64)  # wraps for large unsigned ones, and back with the next line
    above -= smallest
    occurs = np.zeros(reach + 1, bool)
    occurs[above] = True
    found = np.flatnonzero(occurs)
    return (found + smallest).astype(values.dtype), found, above


def _close(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Numbers in the same order, of 16 bits where integers lie close enough together for that."""
    if len(values) < _FEW or values.dtype.kind not in "iu":
        return values
    low = values.min()
    if int(values.max()) - int(low) >= 1 << 16:
        return values
    above: Ints = values.astype(np.int64) - low.astype(np.int64)  # large unsigned ones wrap, and back
    narrow: npt.NDArray[Any] = above.astype(np.uint16)
    return narrow


def unique(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The different values of a one-dimensional array, ascending."""
    marked = _marked(values)
    if marked is not None:
        return marked[0]
    ranked, _, new = _sorted(values)
    return ranked[new]


def unique_inverse(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """(different values ascending, int64 index into them for each of `values`)."""
    marked = _marked(values)
    if marked is not None:
        different, found, above = marked
        index = np.empty(int(found[-1]) + 1, np.int64)
        index[found] = np.arange(len(found))
        return different, index.take(above)
    ranked, order, new = _sorted(values)
    inverse = np.empty(len(values), np.int64)
    inverse[order] = np.cumsum(new) - 1
    return ranked[new], inverse


def _last(found: Ints, above: Ints) -> Ints:
    """Of the distances that `_marked` has found, the position of the last occurrence of each: of the same index the last
    assignment counts."""
    out = np.empty(int(found[-1]) + 1, np.int64)
    out[above] = np.arange(len(above))
    return out.take(found)


def _first(found: Ints, above: Ints) -> Ints:
    """The same of the first occurrence."""
    return len(above) - 1 - _last(found, above[::-1])


def unique_first(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.intp]]:
    """(different values ascending, position of the first occurrence of each)."""
    marked = _marked(values)
    if marked is not None:
        different, found, above = marked
        return different, _first(found, above)
    ranked, order, new = _sorted(values)
    return ranked[new], order[new]


def unique_ends(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """(different values ascending, position of the first occurrence of each, position of the last)."""
    marked = _marked(values)
    if marked is not None:
        different, found, above = marked
        return different, _first(found, above), _last(found, above)
    ranked, order, new = _sorted(values)
    starts = np.flatnonzero(new)
    ends = np.concatenate((starts[1:], (len(values),)))[: len(starts)] - 1
    return ranked[starts], order[starts], order[ends]


def stable_order(keys: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Order that sorts integers (0 <= key) stably. Up to 65,536 numbers of 16 bits are sorted several times faster."""
    if keys.dtype != np.uint16 or len(keys) > 1 << 16:
        return np.argsort(keys, kind="stable")
    placed = keys.astype(np.uint32)
    placed <<= 16
    placed |= np.arange(len(keys), dtype=np.uint32)
    placed.sort()  # of whole numbers, which is where vector instructions help
    placed &= np.uint32(0xFFFF)
    return placed.astype(np.int64)


def words(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Eight bytes at each offset of `data` (at least 8 bytes long), as overlapping little-endian numbers."""
    return np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))


def copy_spans(source: npt.NDArray[np.uint8], start: Ints, target: npt.NDArray[np.uint8], to: Ints, length: Ints) -> None:
    """Copy source[start:start+length] to target[to:to+length] for all spans (int64 arrays of one shape).

    Both arrays must have at least 8 bytes. Spans of equal length are copied word by word, many at a time.
    """
    if not len(length):
        return
    order = np.argsort(length, kind="stable")
    sizes = length[order]
    ends = np.flatnonzero(np.concatenate((sizes[1:] != sizes[:-1], (True,)))) + 1
    wide_source, wide_target = words(source), words(target)
    begin = 0
    for end in ends.tolist():
        size = int(sizes[begin])
        group = order[begin:end]
        begin = end
        at, into = start[group], to[group]
        if len(group) * 64 < size:
            for a, b in zip(at.tolist(), into.tolist()):
                target[b : b + size] = source[a : a + size]
        elif size >= 8:
            for k in range(0, size - 8, 8):
                wide_target[into + k] = wide_source[at + k]
            wide_target[into + (size - 8)] = wide_source[at + (size - 8)]
        else:
            for k in range(size):
                target[into + k] = source[at + k]


def joined_spans(source: npt.NDArray[np.uint8], start: Ints, length: Ints) -> npt.NDArray[np.uint8]:
    """The bytes source[start:start+length] of all spans, back to back."""
    total = int(length.sum())
    out = np.empty(max(total, 8), np.uint8)
    if total:
        roomy = source if len(source) >= 8 else np.concatenate((source, np.zeros(8, np.uint8)))
        copy_spans(roomy, start, out, np.cumsum(length) - length, length)
    return out[:total]
