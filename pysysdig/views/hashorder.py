"""The order in which csysdig goes through the rows of a table: that of its hash table (state/hashorder.py), by its own hashes."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from pysysdig.state.hashorder import HashOrder

_WORD = (1 << 64) - 1
MOST_EXACT = 20_000  # rows; above, equal rows stay in the order in which they came instead of csysdig's


def key_order(keys: Collection[Any], type_: str) -> Sequence[int]:
    """Positions of keys of a field's type, inserted in this order, as the table lists them."""
    if len(keys) > MOST_EXACT:
        return range(len(keys))
    return hash_order(key_hash(key, type_) for key in keys)


def hash_order(hashes: Iterable[int]) -> list[int]:
    """Positions of keys with these hashes, inserted in this order, as the table lists them."""
    table = HashOrder()
    for position, hash_ in enumerate(hashes):
        table.add(position, hash_)
    return table.keys


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
