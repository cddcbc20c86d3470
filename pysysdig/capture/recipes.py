"""How a parameter is made of a record, as numbers: for the native extension (native/live.c), which makes them without numpy.

Makers (`params`) that can be said so have a recipe here; the columns of the others are made by the makers and handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from pysysdig.capture.group import Maker

WORD, CONSTANT, FIELD, SECTION, FIRST, REST, NAME, BITS, OPEN, MODE, DEVICE, FIXED, VARIABLE, LAYERS = range(14)
RET, ARGS = 3, 4  # words of a record's header
_SIGNED = 16  # beside the width of a field
_ALL = (1 << 64) - 1
_SECTIONS = frozenset((FIELD, SECTION, FIRST, REST, NAME, DEVICE))  # whose `a` is a section


class Recipe(NamedTuple):
    """operation, and what it takes; numbers are below 2**64.

    WORD      a word of the header, b its bytes that count, c whether they have a sign, d mask
    CONSTANT  d the number
    FIELD     a section, b offset, c bytes (and _SIGNED), d what it is where the section is too short
    SECTION   a section, b bytes to leave out: a value of varying length, as the next three
    FIRST     a section: the first of its strings; REST: the others
    NAME      a section, b offset, c room: a string that may fill its room
    BITS      a word, b first of its pairs in BIT_TABLES, c how many: flags, converted bit by bit
    OPEN      the same of the flags of an open; d section of the file that was opened, none: 2**64 - 1; LAYERS: with its layer
    MODE      a word of flags, b word of the mode, d flags that make the mode mean something
    DEVICE    a section of a file
    FIXED     a place of values of `size` bytes in what is handed over
    VARIABLE  a, b places of starts and lengths there; c whether they are of what is handed over, else of the records
    size      bytes of the number; cap: longest length, -1 any
    """

    operation: int
    a: int = 0
    b: int = 0
    c: int = 0
    d: int = 0
    size: int = 0
    cap: int = -1

    def arranged(self, order: Sequence[int]) -> Recipe:
        """The same where the sections have other numbers (Group.arranged)."""
        if self.operation in _SECTIONS:
            return self._replace(a=order[self.a])
        return self._replace(d=order[self.d]) if self.operation in (OPEN, LAYERS) and self.d != _ALL else self

    def cut(self, size: int) -> Recipe:
        """The same with at most so many bytes, -1: any."""
        if size < 0:
            return self
        return self._replace(size=min(self.size, size)) if self.size else self._replace(cap=size)


_known: dict[Maker, Recipe] = {}
BIT_TABLES: list[tuple[int, int]] = []


def known(recipe: Recipe, make: Maker) -> Maker:
    """The maker, noted as one that makes what the recipe says."""
    _known[make] = recipe
    return make


def recipe_of(make: Maker) -> Recipe | None:
    """The recipe of a maker, if it has one."""
    return _known.get(make)


def like(make: Maker, other: Maker, change: Callable[[Recipe], Recipe]) -> Maker:
    """The maker `make`, whose recipe is that of another one, changed."""
    recipe = recipe_of(other)
    return make if recipe is None else known(change(recipe), make)


def word(i: int, size: int, *, used: int = 8, signed: bool = False, mask: int = _ALL) -> Recipe:
    """A word of the header."""
    return Recipe(WORD, i, used, int(signed), mask & _ALL, size)


def field(section: int, offset: int, code: str, default: int, out: str) -> Recipe:
    """A number in a section."""
    kind = np.dtype(code)
    width = kind.itemsize | (_SIGNED if kind.kind == "i" else 0)
    return Recipe(FIELD, section, offset, width, default & _ALL, np.dtype(out).itemsize)


def bits(i: int, table: Sequence[tuple[int, int]], size: int) -> Recipe:
    """Flags of a word."""
    BIT_TABLES.extend(table)
    return Recipe(BITS, i, len(BIT_TABLES) - len(table), len(table), _ALL, size)
