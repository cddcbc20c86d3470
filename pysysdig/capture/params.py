"""Makers of parameters: each call in the tables of `call_table` lists, per event, the columns its parameters are.

A maker returns a function from a Group to a Column. `a` is a system call argument, `s` a section.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pysysdig.capture import native, recipes
from pysysdig.capture.group import Column, Group, Maker, Numbers, Var, blobs
from pysysdig.capture.recipes import ARGS, RET, Recipe, known, word
from pysysdig.events.arrays import unique

Convert = Callable[[Numbers], Numbers]

_INT32 = np.dtype("<i4")


def res(g: Group) -> Column:
    """The return value, s64."""
    return g.ret


known(word(RET, 8), res)


def fd(a: int) -> Maker:
    """A descriptor (or any int) argument as s64."""
    return known(word(ARGS + a, 8, used=4, signed=True), lambda g: g.arg(a).astype(_INT32).astype(np.int64))


def unsigned(a: int, code: str) -> Maker:
    """An argument cut to dtype `code`."""
    dtype = np.dtype(code)
    return known(word(ARGS + a, dtype.itemsize), lambda g: g.arg(a).astype(dtype))


def u32(a: int) -> Maker:
    """The low 32 bits of an argument."""
    return unsigned(a, "<u4")


def u64(a: int) -> Maker:
    """An argument as it is."""
    return known(word(ARGS + a, 8), lambda g: g.arg(a))


def const(value: int, code: str) -> Maker:
    """The same number for all."""
    recipe = Recipe(recipes.CONSTANT, d=value & ((1 << 64) - 1), size=np.dtype(code).itemsize)
    return known(recipe, lambda g: np.full(g.n, value, code))


def masked(a: int, mask: int, code: str = "<u4") -> Maker:
    """Flags with the same values in captures: the known ones."""
    recipe = word(ARGS + a, np.dtype(code).itemsize, mask=mask)
    return known(recipe, lambda g: (g.arg(a) & np.uint64(mask)).astype(code))


def flags(a: int, table: tuple[tuple[int, int], ...], code: str = "<u4") -> Maker:
    """Flags converted bit by bit."""
    recipe = recipes.bits(ARGS + a, table, np.dtype(code).itemsize)
    return known(recipe, lambda g: native.bits(g.arg(a), table).astype(code))


def enum(a: int, convert: Convert, code: str) -> Maker:
    """An argument (as int) through a conversion of `native`."""
    return lambda g: convert(g.arg(a).astype(_INT32)).astype(code)


def data(s: int) -> Maker:
    """A section as it is: strings, buffers."""
    return known(Recipe(recipes.SECTION, s), lambda g: Var(g.raw, *g.section(s)))


def data_from(s: int, skip: int) -> Maker:
    """A section without its first bytes."""

    def make(g: Group) -> Column:
        start, length = g.section(s)
        return Var(g.raw, start + skip, np.maximum(length - skip, 0))

    return known(Recipe(recipes.SECTION, s, skip), make)


def data_if(s: int, test: Callable[[Group], Numbers]) -> Maker:
    """A section where `test` holds, else empty."""

    def make(g: Group) -> Column:
        start, length = g.section(s)
        return Var(g.raw, start, np.where(test(g), length, 0))

    return make


def field(s: int, offset: int, code: str, default: int = 0, out: str | None = None) -> Maker:
    """A number in a section, widened to dtype `out`."""
    recipe = recipes.field(s, offset, code, default, out or code)
    return known(recipe, lambda g: g.field(s, offset, code, default).astype(out or code))


def field_flags(s: int, offset: int, code: str, table: tuple[tuple[int, int], ...], out: str) -> Maker:
    """Flags in a section, converted bit by bit."""
    return lambda g: native.bits(g.field(s, offset, code), table).astype(out)


def timespec(s: int) -> Maker:
    """A timespec in a section as ns, u64."""
    return lambda g: g.field(s, 0, "<u8") * np.uint64(10**9) + g.field(s, 8, "<u8")


def each(make: Callable[[Group, int, bytes], bytes], s: int) -> Maker:
    """A parameter made one by one: make(group, position, bytes of section s)."""
    return lambda g: blobs([make(g, i, piece) for i, piece in enumerate(g.pieces(s))])


def open_flags(a: int) -> Maker:
    """O_* of an argument."""
    recipe = recipes.bits(ARGS + a, native.OPEN, 4)._replace(operation=recipes.OPEN)
    return known(recipe, lambda g: native.open_flags(g.arg(a) & np.uint64(0xFFFFFFFF)).astype("<u4"))


def open_mode(a_flags: int, a_mode: int) -> Maker:
    """The mode of an open."""
    recipe = Recipe(recipes.MODE, ARGS + a_flags, ARGS + a_mode, d=native.MODE_COUNTS, size=4)
    return known(recipe, lambda g: native.open_mode(g.arg(a_flags), g.arg(a_mode)).astype("<u4"))


_FMODE_CREATED = 0x100000
_O_F_CREATED = 1 << 14


def opened_flags(flags_of: Maker, s: int) -> Maker:
    """Open flags of a successful open, with the mark of a file that it created (section: file_info)."""

    def make(g: Group) -> Column:
        stored = flags_of(g)
        assert not isinstance(stored, Var)
        created = g.field(s, 12, "<u4") & _FMODE_CREATED != 0
        return np.where(created, stored | _O_F_CREATED, stored).astype("<u4")

    recipe = recipes.recipe_of(flags_of)
    return known(recipe._replace(d=s), make) if recipe is not None and recipe.operation == recipes.OPEN else make


_LAYER = 16  # where it is in a file_info section
_TO_LAYER = 15  # from LAYER_* in the probe to the flags of opens


def with_layer(flags_of: Maker, s: int) -> Maker:
    """Open flags with those of the layer of overlayfs that the file is in, which only the current libraries know."""

    def make(g: Group) -> Column:
        stored = flags_of(g)
        assert not isinstance(stored, Var)
        out: Numbers = stored | g.field(s, _LAYER, "<u4") << np.uint32(_TO_LAYER)
        return out.astype("<u4")

    recipe = recipes.recipe_of(flags_of)
    return known(recipe._replace(operation=recipes.LAYERS), make) if recipe is not None and recipe.d == s else make


def layer(s: int) -> Maker:
    """The layer of overlayfs that a file is in, as creat has it."""
    return field(s, _LAYER, "<u4", 0, "<u2")


def device(s: int) -> Maker:
    """dev of a file_info section."""
    return known(Recipe(recipes.DEVICE, s, size=4), lambda g: native.device(g.field(s, 8, "<u4")).astype("<u4"))


def inode(s: int) -> Maker:
    """ino of a file_info section."""
    return field(s, 0, "<u8")


def poll_list(s: int, offset: int) -> Maker:
    """FDLIST from a pollfd array; offset 4: the events asked for, 6: the ones returned."""

    def make(g: Group) -> Column:
        start, length = g.section(s)
        count = length >> 3
        size = 2 + 10 * count
        to = np.cumsum(size) - size
        out = np.zeros(int(size.sum()), np.uint8)
        for n in unique(count).tolist():
            rows = np.flatnonzero(count == n)
            table = np.zeros((len(rows), 2 + 10 * n), np.uint8)
            table[:, :2] = np.frombuffer(int(n).to_bytes(2, "little"), np.uint8)
            for k in range(n):
                entry = g.raw[(start[rows] + 8 * k)[:, None] + np.arange(8)]
                number = entry[:, :4].copy().view("<i4").astype("<i8")
                events = native.bits(entry[:, offset : offset + 2].copy().view("<u2").ravel(), native.POLL).astype("<i2")
                table[:, 2 + 10 * k : 10 + 10 * k] = number.view(np.uint8).reshape(len(rows), 8)
                table[:, 10 + 10 * k : 12 + 10 * k] = events.view(np.uint8).reshape(len(rows), 2)
            out[to[rows][:, None] + np.arange(2 + 10 * n)] = table
        return Var(out if len(out) else np.zeros(1, np.uint8), to, size)

    return make


def path_of_names(names: bytes) -> bytes:
    """An absolute path with NUL from names leaf first (append_path in the probe); b"" stays empty."""
    if not names:
        return b""
    parts = names.rstrip(b"\0").split(b"\0")
    if len(parts) == 1 and (parts[0] == b"/" or parts[0].startswith(b"memfd:")):
        return parts[0] + b"\0"
    return b"/" + b"/".join(reversed(parts)) + b"\0"


def names_path(s: int) -> Maker:
    """A path from a section of names."""
    return each(lambda g, i, names: path_of_names(names), s)
