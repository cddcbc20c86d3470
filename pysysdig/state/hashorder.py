"""The order in which the reference goes through its hash tables: of descriptors (fd.types lists types in it), of threads and
containers, of the rows of csysdig's tables, where it decides among rows that sort alike.

A C++ unordered_map of the GNU library: buckets by remainder, a new key at the front of its bucket, a bucket that was empty before
all others, and all keys put in anew, in order, when the table grows.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

# the sizes such a table takes on when it grows by doubling
_SIZES = (13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10273, 20753, 42043, 85229, 172933, 351061, 712697, 1447153)


class HashOrder:
    """Different keys and their hashes (not negative), as the hash table lists them.

    _next     the key behind each key; behind None: the first
    _before   of each bucket that is not empty: the key before its first one
    """

    __slots__ = ("_before", "_hashes", "_next", "_size")

    def __init__(self, keys: Iterable[int] = ()) -> None:
        """keys: to begin with, in this order; each is its own hash."""
        self._hashes: dict[int, int] = {}
        self._next: dict[int | None, int] = {}
        self._before: dict[int, int | None] = {}
        self._size = 0
        for key in keys:
            self.add(key, key)

    @property
    def keys(self) -> list[int]:
        """The keys, in order."""
        out: list[int] = []
        following = self._next
        key = following.get(None)
        while key is not None:
            out.append(key)
            key = following.get(key)
        return out

    def copy(self) -> HashOrder:
        """An independent table with the same history."""
        new = HashOrder()
        new._hashes, new._next, new._before, new._size = self._hashes.copy(), self._next.copy(), self._before.copy(), self._size
        return new

    def add(self, key: int, hash_: int) -> None:
        """Insert a key that is not there yet."""
        if len(self._hashes) >= self._size:
            self._grow()
        self._hashes[key] = hash_
        self._place(key)

    def _grow(self) -> None:
        keys = self.keys
        self._size = _SIZES[min(bisect_left(_SIZES, 2 * self._size), len(_SIZES) - 1)]
        self._next, self._before = {}, {}
        for key in keys:
            self._place(key)

    def _bucket(self, key: int) -> int:
        return self._hashes[key] % self._size

    def _place(self, key: int) -> None:
        bucket = self._bucket(key)
        before = self._before.setdefault(bucket, None)
        behind = self._next.get(before)
        self._next[before] = key
        if behind is not None:
            self._next[key] = behind
            other = self._bucket(behind)
            if other != bucket:
                self._before[other] = key

    def remove(self, key: int) -> None:
        """Take out a key; ones that are not there do not matter."""
        if key not in self._hashes:
            return
        bucket = self._bucket(key)
        first = before = self._before[bucket]
        while (at := self._next[before]) != key:
            before = at
        behind = self._next.pop(key, None)
        del self._hashes[key]
        if behind is None:
            del self._next[before]
        else:
            self._next[before] = behind
        if behind is None or (other := self._bucket(behind)) != bucket:
            if before == first:  # it was alone there
                del self._before[bucket]
            if behind is not None:
                self._before[other] = before
