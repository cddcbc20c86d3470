"""The order in which csysdig goes through the rows of a table: that of its hash table, which decides among rows that sort alike.

A C++ unordered_map of the GNU library: a new key at the front of its bucket, a bucket that was empty in front of all others, and
all keys put in anew, in order, when the table grows.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from pysysdig.state.fdorder import table_size

_WORD = (1 << 64) - 1
_START = -1  # stands for what is before the first node


def hash_order(hashes: Iterable[int]) -> list[int]:
    """Positions of keys with these hashes, inserted in this order, as the table lists them."""
    table = _Table()
    for hash_ in hashes:
        table.add(hash_)
    return table.order()


def key_hash(value: Any, type_: str) -> int:
    """The hash of a key of a field's type (INT64, CHARBUF ...): over its bytes without the last one."""
    out = 0
    for byte in _bytes(value, type_)[:-1]:
        out = (out * 101 + byte) & _WORD
    return out


def _bytes(value: Any, type_: str) -> bytes:
    if isinstance(value, str):
        return value.encode("latin-1", "replace") + b"\0"
    if isinstance(value, bytes):
        return value or b"\0"
    if isinstance(value, float):
        return struct.pack("<d", value)
    if not isinstance(value, int):
        return str(value).encode("latin-1", "replace") + b"\0"
    size = 2 if type_ in ("PORT", "UINT16", "INT16") else 4 if type_ in ("UINT32", "INT32", "BOOL") else 8
    return (int(value) & ((1 << 8 * size) - 1)).to_bytes(size, "little")


class _Table:
    """`_next[i]` is the node behind node i; `_before[b]` the node before the first one of bucket b."""

    __slots__ = ("_before", "_hashes", "_next", "_size")

    def __init__(self) -> None:
        self._hashes: list[int] = []
        self._next: dict[int, int] = {}
        self._before: dict[int, int] = {}
        self._size = 0

    def add(self, hash_: int) -> None:
        node = len(self._hashes)
        if node >= self._size:
            self._grow()
        self._hashes.append(hash_)
        self._place(node)

    def order(self) -> list[int]:
        out = []
        node = self._next.get(_START)
        while node is not None:
            out.append(node)
            node = self._next.get(node)
        return out

    def _grow(self) -> None:
        nodes = self.order()
        self._size = table_size(2 * self._size)
        self._next, self._before = {}, {}
        for node in nodes:
            self._place(node)

    def _place(self, node: int) -> None:
        bucket = self._hashes[node] % self._size
        before = self._before.setdefault(bucket, _START)
        behind = self._next.get(before)
        self._next[before] = node
        if behind is not None:
            self._next[node] = behind
        if before == _START and behind is not None:
            other = self._hashes[behind] % self._size
            if other != bucket:
                self._before[other] = node
