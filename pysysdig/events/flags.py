"""Names of flags, enumerations, errors and signals (tables/flags.json, rendering_rules).

The tables are data (`_flag_tables.py`); here are the rules that turn a number into names. Both generations walk a
table alike; they differ in the entries they know.
"""

from __future__ import annotations

from functools import cache

from pysysdig.events._flag_tables import CAPABILITIES, ERRNO, SIGNALS, TABLES
from pysysdig.events.table import OLD

AT_FDCWD = -100

_ERRNO: dict[int, str] = {}
for _name, _value in ERRNO:
    _ERRNO.setdefault(_value, _name)
_SIGNALS: dict[int, str] = {}
for _name, _value in SIGNALS:
    _SIGNALS.setdefault(_value, _name)

Table = tuple[tuple[str, int], ...]


@cache
def table(name: str, generation: str) -> Table:
    """Entries (name, value) of a flag table in table order, as `generation` knows it."""
    entries, absent = TABLES[name]
    if generation != OLD or not absent:
        return entries
    if "*" in absent:
        return ()
    return tuple(e for e in entries if e[0] not in absent)


def errno_name(code: int) -> str:
    """Name of a negative return value (-2 -> ENOENT); empty if there is none. Only the low 32 bits count."""
    code = (code + (1 << 31)) % (1 << 32) - (1 << 31)
    return _ERRNO.get(-code, "")


def signal_name(number: int) -> str:
    """Name of a signal; empty if there is none."""
    return _SIGNALS.get(number, "")


def signal_set(mask: int) -> str:
    """Names of the signals in a mask (bit n = signal n + 1), separated by blanks."""
    names = (signal_name(bit + 1) for bit in range(32) if mask >> bit & 1)
    return " ".join(n for n in names if n)


def flag_names(entries: Table, value: int) -> str:
    """Names of a bit set, joined with `|`; bits without a name are lost.

    Each match takes its bits away; an entry equal to the whole value ends the walk.
    """
    names = []
    rest = value
    for name, bits in entries:
        if (bits == 0 and value == 0) or (bits != 0 and rest & bits == bits):
            names.append(name)
            rest &= ~bits
            if bits == value:
                break
    return "|".join(names)


def enum_names(entries: Table, value: int) -> str:
    """Every name of exactly this value, joined with `|`."""
    return "|".join(name for name, v in entries if v == value)


def mode_names(entries: Table, value: int) -> str:
    """Names of a file mode: as flags, but the walk stops at an entry equal to the whole value, which is added as it is."""
    names = []
    rest = value
    for name, bits in entries:
        if bits == value:
            names.append(name)
            break
        if bits != 0 and rest & bits == bits:
            names.append(name)
            rest &= ~bits
    return "|".join(names)


def capability_names(mask: int) -> str:
    """Names of a capability set, separated by blanks."""
    return " ".join(name for name, bit in CAPABILITIES if mask & bit)


class FlagTexts(dict[int, str]):
    """Memo: value -> names, for one table and one way of walking it."""

    def __init__(self, name: str | None, kind: str, generation: str) -> None:
        super().__init__()
        self._entries: Table = table(name, generation) if name else ()
        self._names = enum_names if kind.startswith("ENUM") else mode_names if kind == "MODE" else flag_names

    def __missing__(self, value: int) -> str:
        if len(self) > 65536:  # a hostile capture could make it grow for ever
            self.clear()
        text = self[value] = self._names(self._entries, value)
        return text


@cache
def flag_texts(name: str | None, kind: str, generation: str) -> FlagTexts:
    """The memo for a flag table (None: no names at all) and a parameter type name (FLAGS32, ENUMFLAGS8, MODE ...)."""
    return FlagTexts(name, kind, generation)
