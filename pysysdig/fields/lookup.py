"""Field references: `proc.aname[2]`, `evt.arg.name`, `thread.cgroup.cpu` -> FieldRef.

Filters need the whole text to be a field (`lookup`), formats the longest field the text starts with (`longest_prefix`).
Source of the argument rules: tables/fields.json and the behaviour of libs 0.15.1 and the current libraries.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from pysysdig.errors import FilterError, FormatError
from pysysdig.events.table import CURRENT, OLD, load
from pysysdig.events.text import to_display
from pysysdig.fields.registry import PLUGIN_FIELDS, REGISTRY, FieldRef
from pysysdig.render.options import PLAIN, RenderOptions

# the modules that attach functions to the registry
MODULES = (
    "evt", "evt_args", "evt_io", "evt_result", "evt_time", "fspath", "syslog", "proc", "proc_ancestors", "thread", "user",
    "group", "fd", "fd_net", "fdlist", "container", "k8s",
)  # fmt: skip

_INDEXES = (
    "proc.apid", "proc.aname", "proc.aexe", "proc.aexepath", "proc.acmdline", "proc.aargs", "proc.args", "fd.types",
)  # fmt: skip
_MOUNTS = tuple("container.mount" + s for s in ("", ".source", ".dest", ".mode", ".rdwr", ".propagation"))

_NAME = re.compile(r"[A-Za-z0-9_.]+")
_BRACKETS = re.compile(r"\[([^\]]*)\]")
_LABEL = re.compile(r"\.([a-zA-Z0-9/_.-]+)")
_CGROUP = re.compile(r"\.([a-zA-Z_]*)")
_NUMBER = re.compile(r"[+-]?[0-9]+")


class _Argument(NamedTuple):
    """A parsed argument and how many characters it took."""

    value: int | str | None
    length: int


class _Bad(Exception):
    """The argument of a field is missing or wrong; the message is for the user."""


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text) or len(text) > 20:
        raise _Bad(f"{text} is not a valid number")
    return int(text)


def _number_or_text(text: str) -> int | str:
    return int(text) if text.isdigit() and text.isascii() and len(text) <= 9 else text


def _index(name: str, rest: str) -> _Argument:
    """Optional `[number]`."""
    if not rest.startswith("["):
        return _Argument(None, 0)
    m = _BRACKETS.match(rest)
    if m is None:
        raise _Bad(f"the field '{name}' requires an argument but ']' is not found")
    return _Argument(_number(m[1]), m.end())


def _key(name: str, rest: str) -> _Argument:
    """Optional `[name]` or `[number]`."""
    if not rest.startswith("["):
        return _Argument(None, 0)
    m = _BRACKETS.match(rest)
    if m is None:
        raise _Bad(f"the field '{name}' requires an argument but ']' is not found")
    return _Argument(_number_or_text(m[1]) if m[1] else None, m.end())


def _required_key(name: str, rest: str) -> _Argument:
    """`[name]` or `[number]`."""
    m = _BRACKETS.match(rest)
    if m is None:
        raise _Bad(f"filter syntax error: {name}{rest}")
    return _Argument(_number_or_text(m[1]), m.end())


def _label(name: str, rest: str) -> _Argument:
    """`.name` or `[name]`; the name stays text."""
    m = _LABEL.match(rest) or _BRACKETS.match(rest)
    if m is None:
        raise _Bad(f"filter syntax error: {name}{rest}")
    return _Argument(m[1], m.end())


def _cgroup(name: str, rest: str) -> _Argument:
    m = _CGROUP.match(rest)
    if m is None:
        raise _Bad(f"filter syntax error: {name}{rest}")
    return _Argument(m[1], m.end())


def _event_argument(name: str, rest: str) -> _Argument:
    """`.parameter` (the longest parameter name of any event that fits) or, except for evt.rawarg, `[number]`."""
    if rest.startswith("["):
        if name == "evt.rawarg":
            raise _Bad("evt.arg fields must be expressed explicitly")
        return _index(name, rest)
    if not rest.startswith("."):
        raise _Bad(f"filter syntax error: {name}{rest}")
    names = parameter_names()
    for n in range(min(len(rest) - 1, max(map(len, names))), 0, -1):
        if rest[1 : n + 1] in names:
            return _Argument(rest[1 : n + 1], n + 1)
    raise _Bad(f"unknown event argument {rest[1:]}")


def _event_type(name: str, rest: str) -> _Argument:
    """`.name` or `.number` of an event type."""
    m = re.compile(r"\.([a-zA-Z0-9_]+)").match(rest)
    if m is None:
        raise _Bad(f"filter syntax error: {name}{rest}")
    if m[1].isdigit():
        return _Argument(_number(m[1]), m.end())
    if m[1] not in {e.name for g in (OLD, CURRENT) for e in load(g)}:
        raise _Bad(f"unknown event type {m[1]}")
    return _Argument(m[1], m.end())


def _around(name: str, rest: str) -> _Argument:
    """`[time stamp]`."""
    m = _BRACKETS.match(rest)
    if m is None:
        raise _Bad("wrong syntax for evt.around")
    return _Argument(_number(m[1]), m.end())


def _abspath(name: str, rest: str) -> _Argument:
    """Optional `.src` or `.dst`."""
    side = rest[1:4] if rest.startswith((".src", ".dst")) else None
    return _Argument(side, 4 if side else 0)


_RULES: dict[str, Callable[[str, str], _Argument]] = {
    **dict.fromkeys(_INDEXES, _index),
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
def load_fields() -> None:
    """Import the modules that implement the fields (they attach themselves to the registry)."""
    from importlib import import_module

    for name in MODULES:
        import_module(f"pysysdig.fields.{name}")


@cache
def parameter_names() -> frozenset[str]:
    """Names of the parameters of all events of both generations."""
    return frozenset(p.name for g in (OLD, CURRENT) for e in load(g) for p in e.params)


def parameter_type(name: str, generation: str) -> str:
    """The type (without PT_) of the first parameter called `name` in the event table: what the values that
    `evt.rawarg.name` is compared with are parsed as."""
    for g in (generation, OLD, CURRENT):
        for event in load(g):
            for p in event.params:
                if p.name == name:
                    return p.type
    raise KeyError(name)


@cache
def _longest() -> int:
    return max(map(len, REGISTRY))


def _match(text: str) -> tuple[str, _Argument] | None:
    """The longest field name that `text` starts with, and its argument."""
    word = _NAME.match(text)
    for n in range(min(word.end() if word else 0, _longest()), 0, -1):
        name = text[:n]
        if name in REGISTRY:
            rule = _RULES.get(name)
            if rule is None:
                flags = REGISTRY[name].flags
                rule = _label if "ARG_REQUIRED" in flags else _key if "ARG_ALLOWED" in flags else None
            return name, (rule(name, text[n:]) if rule else _Argument(None, 0))
    return None


def _bare_name(text: str) -> str:
    return text.partition("[")[0]


def _plugin_of(name: str) -> str | None:
    for plugin, fields in PLUGIN_FIELDS.items():
        if any(name == f or name.startswith(f + ".") for f in fields):
            return plugin
    return None


def _hint(name: str) -> str:
    plugin = _plugin_of(name)
    if plugin:
        return f"it is a field of the plugin '{plugin}', whose events are not supported"
    from difflib import get_close_matches

    close = get_close_matches(name, REGISTRY, 3, 0.7)
    return f"did you mean {' or '.join(close)}?" if close else ""


def _unknown(text: str, generation: str) -> str:
    shown = to_display(text)
    if generation != OLD:
        return f"filter_check called with nonexistent field {shown}"
    name = _bare_name(shown)
    plugin = _plugin_of(name)
    if plugin:
        return f"filter contains an unknown field '{name}', but it can be supported by loading one of these plugins: {plugin}"
    return f"filter contains an unknown field '{name}', and none of the loaded plugins is capable of extracting it"


def lookup(text: str, generation: str = OLD, options: RenderOptions = PLAIN) -> FieldRef:
    """The field that `text` (byte text) names, argument included, to be rendered by `options`.

    Raises FilterError (index 0 of `text`) in the words of the generation's reference when there is none or its
    argument is missing or wrong.
    """
    load_fields()
    try:
        found = _match(text)
    except _Bad as e:
        raise FilterError(to_display(str(e)), to_display(text), 0) from None
    if found is not None:
        name, arg = found
        if len(name) + arg.length == len(text):
            return FieldRef(REGISTRY[name], arg.value, text, options)
        rest = text[len(name) :]
        if rest.startswith("[") and name not in _RULES:
            raise FilterError(_unknown(text, generation), to_display(text), 0, f"{name} takes no argument")
    raise FilterError(_unknown(text, generation), to_display(text), 0, _hint(_bare_name(text)))


def is_field(text: str) -> bool:
    """Whether `text` (byte text) names a field."""
    try:
        found = _match(text)
    except _Bad:
        return False
    return found is not None and len(found[0]) + found[1].length == len(text)


def longest_prefix(text: str, options: RenderOptions = PLAIN, *, filter_only: bool = False) -> tuple[FieldRef, int]:
    """The longest field that `text` (byte text, the rest of a format after a %) starts with, and its length.

    filter_only  fields for filters only are accepted, too

    Raises FormatError (index 0 of `text`) when there is none, its argument is wrong, or it is for filters only.
    """
    load_fields()
    shown = to_display(text)
    try:
        found = _match(text)
    except _Bad as e:
        raise FormatError(to_display(str(e)), shown, 0) from None
    if found is None:
        m = re.match(r"[\w.]+", text)
        raise FormatError(f"invalid formatting token {shown}", shown, 0, _hint(m[0]) if m else "")
    name, arg = found
    length = len(name) + arg.length
    if "FILTER_ONLY" in REGISTRY[name].flags and not filter_only:
        raise FormatError(f"{to_display(text[:length])} is filter only and cannot be used as a display field", shown, 0)
    return FieldRef(REGISTRY[name], arg.value, text[:length], options), length
