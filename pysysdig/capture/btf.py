"""Where the fields of kernel structures are: a reader of the kernel's own type information (BTF).

Only what offsets need: structures, unions, arrays, enumerations, and the types between them. There are 126,000 types and
more, so only the position of each is kept, and the names of structures and enumerations.
"""

from __future__ import annotations

import struct
from array import array
from typing import NamedTuple

from pysysdig.errors import PysysdigError

PATH = "/sys/kernel/btf/vmlinux"

INT, PTR, ARRAY, STRUCT, UNION, ENUM, TYPEDEF, VOLATILE, CONST, RESTRICT = 1, 2, 3, 4, 5, 6, 8, 9, 10, 11
FUNC, TYPE_TAG, ENUM64 = 12, 18, 19
_NAMELESS = (TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG)
# bytes after the 12 of every type: a fixed number, or so many per member
_FIXED = {INT: 4, ARRAY: 12, 14: 4, 17: 4}
_PER_MEMBER = {STRUCT: 12, UNION: 12, ENUM: 8, 13: 8, 15: 12, ENUM64: 12}


class Place(NamedTuple):
    """Where a field is: byte offset from the start of its structure, bit in that byte, size in bytes (0: flexible)."""

    offset: int
    bit: int
    size: int


_STRUCTURES, _ENUMERATIONS, _NAMED = 1, 2, 3


def _step(info: int) -> int:
    """Bytes from a type with this info word to the next, a multiple of 4; in the low bits whether its name is of interest."""
    kind, members = (info >> 24) & 31, info & 0xFFFF
    size = 12 + _FIXED.get(kind, 0) + _PER_MEMBER.get(kind, 0) * members
    return size | (_STRUCTURES if kind in (STRUCT, UNION) else _ENUMERATIONS if kind in (ENUM, ENUM64) else 0)


class Btf:
    """The type information of one kernel. Raises PysysdigError when it cannot be read."""

    def __init__(self, path: str = PATH) -> None:
        try:
            with open(path, "rb") as f:
                self._data = f.read()
        except OSError as e:
            raise PysysdigError(f"cannot read the kernel's type information {path}: {e.strerror}") from None
        try:
            self._index()
        except (struct.error, ValueError, IndexError):
            raise PysysdigError(f"{path}: damaged type information") from None

    def _index(self) -> None:
        head: int
        types: int
        magic, _version, _flags, head, types, types_len, strings, _ = struct.unpack_from("<HBBIIIII", self._data, 0)
        if magic != 0xEB9F:
            raise ValueError
        self._strings = head + strings
        first, last = head + types, head + types + types_len
        if first & 3 or types_len & 3 or last > len(self._data):
            raise ValueError
        words = array("I", self._data[first:last])
        at, end = 0, len(words)
        starts = [0]
        named: dict[tuple[int, int], int] = {}
        steps: dict[int, int] = {}
        known, add = steps.get, starts.append
        while at < end:  # 126,000 turns, so what depends on the kind and the number of members is worked out once for each
            info = words[at + 1]
            step = known(info) or steps.setdefault(info, _step(info))
            if step & _NAMED and words[at]:
                named.setdefault((step & _NAMED, words[at]), len(starts))
            add(at)
            at += step >> 2
        self._first, self._starts = first, starts
        self._named = {(kind == _STRUCTURES, self._string(n)): i for (kind, n), i in named.items()}

    def _string(self, offset: int) -> str:
        start = self._strings + offset
        return self._data[start : self._data.index(b"\0", start)].decode("ascii", "replace")

    def _at(self, i: int) -> int:
        """Where in the data type i begins."""
        return self._first + 4 * self._starts[i]

    def _type(self, i: int) -> tuple[int, int, int]:
        name, info, x = struct.unpack_from("<III", self._data, self._at(i))
        return name, info, x

    def _strip(self, i: int) -> int:
        while True:
            _, info, x = self._type(i)
            if (info >> 24) & 31 not in _NAMELESS:
                return i
            i = x

    def _size(self, i: int) -> int:
        i = self._strip(i)
        _, info, x = self._type(i)
        kind = (info >> 24) & 31
        if kind == PTR:
            return 8
        if kind == ARRAY:
            count: int
            element, _, count = struct.unpack_from("<III", self._data, self._at(i) + 12)
            return count * self._size(element)
        return x if kind in (INT, STRUCT, UNION, ENUM, ENUM64) else 0

    def _member(self, i: int, wanted: str) -> tuple[int, int] | None:
        """(bit offset, type) of a member, looking through nameless structures and unions."""
        _, info, _ = self._type(i)
        base = self._at(i) + 12
        for j in range(info & 0xFFFF):
            name, type_, bits = struct.unpack_from("<III", self._data, base + 12 * j)
            if info >> 31:
                bits &= 0xFFFFFF
            if not name:
                inner = self._strip(type_)
                if (self._type(inner)[1] >> 24) & 31 in (STRUCT, UNION):
                    found = self._member(inner, wanted)
                    if found:
                        return bits + found[0], found[1]
            elif self._string(name) == wanted:
                return bits, type_
        return None

    def field(self, structure: str, path: str) -> Place | None:
        """Place of `path` (names joined by dots) in a structure; None if this kernel has no such thing."""
        type_ = self._named.get((True, structure))
        if type_ is None:
            return None
        bits = 0
        for name in path.split("."):
            found = self._member(self._strip(type_), name)
            if found is None:
                return None
            bits += found[0]
            type_ = found[1]
        return Place(bits // 8, bits % 8, self._size(type_))

    def size(self, structure: str) -> int | None:
        """Size of a structure in bytes; None if this kernel has no such thing."""
        type_ = self._named.get((True, structure))
        return None if type_ is None else self._size(type_)

    def number(self, structure: str) -> int | None:
        """The number that the kernel knows a structure by; None if it has no such thing."""
        return self._named.get((True, structure))

    def function(self, name: str) -> int | None:
        """The number that the kernel knows a function by; None if it has no such thing."""
        at = self._data.find(b"\0" + name.encode() + b"\0", self._strings)
        for i in range(1, len(self._starts)) if at >= 0 else ():
            label, info, _ = self._type(i)
            if label == at + 1 - self._strings and (info >> 24) & 31 == FUNC:
                return i
        return None

    def enum(self, enumeration: str, name: str) -> int | None:
        """Value of an enumeration constant; None if this kernel has no such thing."""
        i = self._named.get((False, enumeration))
        if i is None:
            return None
        _, info, _ = self._type(i)
        step = _PER_MEMBER[(info >> 24) & 31]
        for j in range(info & 0xFFFF):
            n, value = struct.unpack_from("<II", self._data, self._at(i) + 12 + step * j)
            if self._string(n) == name:
                return int(value)
        return None
