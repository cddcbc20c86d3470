"""Arguments of fields: `[2]`, `[NAME]`, `.name`, as far as the text after a field's name is one.

Source of the rules: tables/fields.json and the behaviour of libs 0.15.1 and the current libraries.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from pysysdig.events.table import CURRENT, OLD, load

_INDEXES = (
    "proc.apid", "proc.aname", "proc.aexe", "proc.aexepath", "proc.acmdline", "proc.aargs", "proc.args", "fd.types",
)  # fmt: skip
_MOUNTS = tuple("container.mount" + s for s in ("", ".source", ".dest", ".mode", ".rdwr", ".propagation"))

# as text: few runs need any of them, and compiling takes as long as importing a module
_BRACKETS = r"\[([^\]]*)\]"
_LABEL = r"\.([a-zA-Z0-9/_.-]+)"
_CGROUP = r"\.([a-zA-Z_]*)"
_NUMBER = r"[+-]?[0-9]+"


class Argument(NamedTuple):
    """A parsed argument and how many characters it took."""

    value: int | str | None
    length: int


class BadArgument(Exception):
    """The argument of a field is missing or wrong; the message is for the user."""


def _number(text: str) -> int:
    if not re.fullmatch(_NUMBER, text) or len(text) > 20:
        raise BadArgument(f"{text} is not a valid number")
    return int(text)


def _number_or_text(text: str) -> int | str:
    return int(text) if text.isdigit() and text.isascii() and len(text) <= 9 else text


def index(name: str, rest: str) -> Argument:
    """Optional `[number]`."""
    if not rest.startswith("["):
        return Argument(None, 0)
    m = re.match(_BRACKETS, rest)
    if m is None:
        raise BadArgument(f"the field '{name}' requires an argument but ']' is not found")
    return Argument(_number(m[1]), m.end())


def _key(name: str, rest: str) -> Argument:
    """Optional `[name]` or `[number]`."""
    if not rest.startswith("["):
        return Argument(None, 0)
    m = re.match(_BRACKETS, rest)
    if m is None:
        raise BadArgument(f"the field '{name}' requires an argument but ']' is not found")
    return Argument(_number_or_text(m[1]) if m[1] else None, m.end())


def _required_key(name: str, rest: str) -> Argument:
    """`[name]` or `[number]`."""
    m = re.match(_BRACKETS, rest)
    if m is None:
        raise BadArgument(f"filter syntax error: {name}{rest}")
    return Argument(_number_or_text(m[1]), m.end())


def _label(name: str, rest: str) -> Argument:
    """`.name` or `[name]`; the name stays text."""
    m = re.match(_LABEL, rest) or re.match(_BRACKETS, rest)
    if m is None:
        raise BadArgument(f"filter syntax error: {name}{rest}")
    return Argument(m[1], m.end())


def _cgroup(name: str, rest: str) -> Argument:
    m = re.match(_CGROUP, rest)
    if m is None:
        raise BadArgument(f"filter syntax error: {name}{rest}")
    return Argument(m[1], m.end())


def _event_argument(name: str, rest: str) -> Argument:
    """`.parameter` (the longest parameter name of any event that fits) or, except for evt.rawarg, `[number]`."""
    if rest.startswith("["):
        if name == "evt.rawarg":
            raise BadArgument("evt.arg fields must be expressed explicitly")
        return index(name, rest)
    if not rest.startswith("."):
        raise BadArgument(f"filter syntax error: {name}{rest}")
    names = parameter_names()
    for n in range(min(len(rest) - 1, max(map(len, names))), 0, -1):
        if rest[1 : n + 1] in names:
            return Argument(rest[1 : n + 1], n + 1)
    raise BadArgument(f"unknown event argument {rest[1:]}")


def _event_type(name: str, rest: str) -> Argument:
    """`.name` or `.number` of an event type."""
    m = re.match(r"\.([a-zA-Z0-9_]+)", rest)
    if m is None:
        raise BadArgument(f"filter syntax error: {name}{rest}")
    if m[1].isdigit():
        return Argument(_number(m[1]), m.end())
    if m[1] not in {e.name for g in (OLD, CURRENT) for e in load(g)}:
        raise BadArgument(f"unknown event type {m[1]}")
    return Argument(m[1], m.end())


def _around(name: str, rest: str) -> Argument:
    """`[time stamp]`."""
    m = re.match(_BRACKETS, rest)
    if m is None:
        raise BadArgument("wrong syntax for evt.around")
    return Argument(_number(m[1]), m.end())


def _abspath(name: str, rest: str) -> Argument:
    """Optional `.src` or `.dst`."""
    side = rest[1:4] if rest.startswith((".src", ".dst")) else None
    return Argument(side, 4 if side else 0)


RULES: dict[str, Callable[[str, str], Argument]] = {
    **dict.fromkeys(_INDEXES, index),
    **dict.fromkeys(_MOUNTS, _required_key),
    "proc.env": _key,
    "proc.aenv": _key,
    "thread.cgroup": _cgroup,
    "evt.arg": _event_argument,
    "evt.rawarg": _event_argument,
    "evt.type.is": _event_type,
    "evt.around": _around,
    "evt.abspath": _abspath,
}


@cache
def parameter_names() -> frozenset[str]:
    """Names of the parameters of all events of both generations."""
    return frozenset(p.name for g in (OLD, CURRENT) for e in load(g) for p in e.params)


def required_text(name: str, rest: str) -> Argument:
    """`[text]`."""
    m = re.match(_BRACKETS, rest)
    if m is None:
        raise BadArgument(f"the field '{name}' requires an argument but none is given")
    return Argument(m[1], m.end())


def by_flags(flags: frozenset[str]) -> Callable[[str, str], Argument] | None:
    """How the argument of a field without a rule of its own is read; None: it has none."""
    return _label if "ARG_REQUIRED" in flags else _key if "ARG_ALLOWED" in flags else None
