"""Numeric parameters as text (docs/reference/output-format.md 4, tables/flags.json rendering rules).

Each function turns a parameter of a whole Group into pieces, in full (`VALUE(RESOLVED)`, as in evt.args) or the best text
(RESOLVED if there is any, as in evt.arg.X). The reference prints UINT32 and UINT64 as signed numbers, octal with a leading 0.
"""

from __future__ import annotations

from pysysdig.events.flags import errno_name, flag_texts, signal_name, signal_set
from pysysdig.events.table import Param, sc_name
from pysysdig.render import times
from pysysdig.render.group import Group, Pieces, ToText, coded, resolved


def signed(bits: int) -> ToText:
    """The function that prints an unsigned number of so many bits as a signed one."""
    half, whole = 1 << (bits - 1), 1 << bits
    return lambda v: str(v - whole) if v >= half else str(v)


def _hex(bits: int) -> ToText:
    mask = (1 << bits) - 1
    return lambda v: f"{v & mask:X}"


def _octal(bits: int) -> ToText:
    mask = (1 << bits) - 1
    return lambda v: f"0{v & mask:o}" if v & mask else "0"


# how wide C's promotion makes each type before printf sees it
_BITS = {"INT8": 32, "UINT8": 32, "INT16": 32, "UINT16": 32, "INT32": 32, "UINT32": 32, "MODE": 32, "INT64": 64, "UINT64": 64}


def number_text(type_: str, fmt: str) -> ToText:
    """The function that prints an integer parameter of a type in a print format."""
    bits = _BITS[type_]
    if fmt == "OCT":
        return _octal(bits)
    if fmt == "HEX":
        return _hex(bits)
    if type_ in ("UINT32", "UINT64", "MODE"):
        return signed(bits)
    return str


def number(g: Group, i: int, p: Param, full: bool) -> Pieces:
    """Integers."""
    return [coded(g.numbers(i, p.type), number_text(p.type, p.fmt))]


def errno(g: Group, i: int, p: Param, full: bool) -> Pieces:
    """Return values: negative ones are errors."""
    return [coded(g.numbers(i, p.type), lambda v: resolved(str(v), errno_name(v), full) if v < 0 else str(v))]


def flags(g: Group, i: int, p: Param, full: bool) -> Pieces:
    """Flags and enumerations."""
    names = flag_texts(g.info.params[i].flags_table, p.type, g.view.generation)
    return [coded(g.numbers(i, p.type), lambda v: resolved(str(v), names[v], full))]


def mode(g: Group, i: int, p: Param, full: bool) -> Pieces:
    """File modes."""
    names = flag_texts(g.info.params[i].flags_table, p.type, g.view.generation)
    text = number_text(p.type, p.fmt)
    return [coded(g.numbers(i, p.type), lambda v: resolved(text(v), names[v], full))]


def signal(g: Group, i: int, p: Param, full: bool) -> Pieces:
    """Signal numbers."""
    return [coded(g.numbers(i, p.type), lambda v: resolved(str(v), signal_name(v), full))]


def signals(g: Group, i: int, p: Param, full: bool) -> Pieces:
    """Sets of signals."""
    return [coded(g.numbers(i, p.type), signal_set)]


def syscall(g: Group, i: int, p: Param, full: bool) -> Pieces:
    """System call codes."""
    return [coded(g.numbers(i, p.type), lambda v: resolved(str(v), sc_name(v), full))]


def reltime(g: Group, i: int, p: Param, full: bool) -> Pieces:
    """Durations."""

    def text(v: int) -> str:
        return "none" if v == 0xFFFFFFFFFFFFFFFF else resolved(str(v), f"{v / 1e9:g}s", full)

    return [coded(g.numbers(i, p.type), text)]


def abstime(g: Group, i: int, p: Param, full: bool) -> Pieces:
    """Points in time."""
    return [coded(g.numbers(i, p.type), times.full_local)]
