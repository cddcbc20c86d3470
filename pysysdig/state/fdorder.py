"""The order in which the reference goes through the descriptors of a process (fd.types lists types in it).

It is that of its hash table (a C++ unordered_map of the GNU library): buckets by remainder, a new key at the front
of its bucket, a bucket that was empty in front of all others, and all keys put in anew, in order, when the table grows.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

# the sizes such a table takes on when it grows by doubling
_SIZES = (13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10273, 20753, 42043, 85229, 172933, 351061, 712697, 1447153)


def table_size(wanted: int) -> int:
    """How many buckets a table has that needs `wanted` of them."""
    return _SIZES[min(bisect_left(_SIZES, wanted), len(_SIZES) - 1)]


class HashOrder:
    """Descriptor numbers (not negative) in the order of the hash table; `keys` is the list."""

    __slots__ = ("_size", "keys")

    def __init__(self, keys: Iterable[int] = ()) -> None:
        self.keys: list[int] = []
        self._size = 0
        for key in keys:
            self.add(key)

    def copy(self) -> HashOrder:
        """An independent table with the same history."""
        new = HashOrder()
        new.keys = self.keys.copy()
        new._size = self._size
        return new

    def add(self, key: int) -> None:
        """Insert a key that is not there yet."""
        if len(self.keys) >= self._size:
            self._size = table_size(2 * self._size)
            old, self.keys = self.keys, []
            for k in old:
                self._place(k)
        self._place(key)

    def _place(self, key: int) -> None:
        size = self._size
        bucket = key % size
        self.keys.insert(next((i for i, k in enumerate(self.keys) if k % size == bucket), 0), key)

    def remove(self, key: int) -> None:
        """Take out a key; ones that are not there do not matter."""
        if key in self.keys:
            self.keys.remove(key)
