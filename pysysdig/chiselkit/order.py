"""The order in which sysdig's chisels list descriptors, threads, and keys with equal sums, as far as they are numbers.

It is that of the tables of its script language: an array for the dense keys from 0 up, a hash part (chained scatter with
Brent's variation) for the others, visited slot by slot; and that of its sort, a quicksort.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable

_MASK = 0xFFFFFFFF
_MAX_ARRAY = (1 << 27) + 1


def script_order(keys: Iterable[int]) -> list[int]:
    """Different non-negative integers, put into an empty table one by one, in the order in which it lists them."""
    table = _ScriptTable()
    for key in keys:
        table.put(key)
    return table.keys()


def unstable_sorted(items: list[int], before: Callable[[int, int], bool]) -> list[int]:
    """Sorted by `before`: quicksort with the median of three, the pivot kept next to the end."""
    out = list(items)
    parts = [(0, len(out) - 1)]
    while parts:
        low, high = parts.pop()
        if low >= high:
            continue
        if before(out[high], out[low]):
            out[low], out[high] = out[high], out[low]
        if high - low == 1:
            continue
        middle = (low + high + 2) // 2 - 1  # counted from 1
        if before(out[middle], out[low]):
            out[middle], out[low] = out[low], out[middle]
        elif before(out[high], out[middle]):
            out[middle], out[high] = out[high], out[middle]
        if high - low == 2:
            continue
        pivot = out[middle]
        out[middle], out[high - 1] = out[high - 1], out[middle]
        left, right = low, high - 1
        while True:
            left += 1
            while before(out[left], pivot):
                left += 1
            right -= 1
            while before(pivot, out[right]):
                right -= 1
            if right < left:
                break
            out[left], out[right] = out[right], out[left]
        out[high - 1], out[left] = out[left], out[high - 1]
        parts += [(low, left - 1), (left + 1, high)]
    return out


def _rotated(value: int, by: int) -> int:
    return ((value << by) | (value >> (32 - by))) & _MASK


def _hash(key: int) -> int:
    """Of a number, by the halves of its double."""
    low: int
    high: int
    low, high = struct.unpack("<II", struct.pack("<d", float(key)))
    high = (high << 1) & _MASK
    low ^= high
    high = _rotated(high, 14)
    low = (low - high) & _MASK
    high = _rotated(high, 5) ^ low
    return (high - _rotated(low, 13)) & _MASK


class _ScriptTable:
    """Keys only. `_nodes` are the slots of the hash part (None = free), `_next` the chains, `_free` the search position."""

    __slots__ = ("_array", "_free", "_limit", "_next", "_nodes")

    def __init__(self) -> None:
        self._limit = 0  # keys below are in the array
        self._array: set[int] = set()
        self._nodes: list[int | None] = []
        self._next: list[int] = []
        self._free = 0

    def keys(self) -> list[int]:
        return sorted(self._array) + [k for k in self._nodes if k is not None]

    def put(self, key: int) -> None:
        if 0 <= key < self._limit:
            self._array.add(key)
        elif not self._place(key):
            self._grow(key)
            self.put(key)

    def _slot(self, key: int) -> int:
        return _hash(key) & (len(self._nodes) - 1)

    def _place(self, key: int) -> bool:
        """Put a key into the hash part; False if that is full."""
        nodes, chain = self._nodes, self._next
        if not nodes:
            return False
        at = self._slot(key)
        there = nodes[at]
        if there is not None:
            self._free -= 1
            while self._free >= 0 and nodes[self._free] is not None:
                self._free -= 1
            if self._free < 0:
                return False
            spare = self._free
            home = self._slot(there)
            if home != at:  # it is only a guest here: it moves to the spare slot
                while chain[home] != at:
                    home = chain[home]
                chain[home] = spare
                nodes[spare], chain[spare] = there, chain[at]
                chain[at] = -1
            else:
                chain[spare] = chain[at]
                chain[at] = spare
                at = spare
        nodes[at] = key
        return True

    def _grow(self, key: int) -> None:
        """Make room for one more key: choose the size of the array anew, and of the hash part for the rest."""
        old = [k for k in self._nodes if k is not None]
        every = [*self._array, *old, key]
        bins = [0] * 32
        fit = [k for k in every if 0 <= k < _MAX_ARRAY]
        for k in fit:
            bins[(k - 1).bit_length() - 1 if k > 2 else 0] += 1
        limit = inside = total = 0
        for power, count in enumerate(bins):
            if 2 * len(fit) <= 1 << power or total == len(fit):
                break
            total += count
            if count and 2 * total > 1 << power:
                limit, inside = (2 << power) + 1, total
        rest = len(every) - inside
        slots = 1 << max((rest - 1).bit_length(), 1) if rest else 0
        leaving = sorted(k for k in self._array if k >= limit)
        self._array.difference_update(leaving)
        self._limit = limit
        self._nodes, self._next, self._free = [None] * slots, [-1] * slots, slots
        for k in (*leaving, *old):
            self.put(k)
