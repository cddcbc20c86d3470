"""-l, -lv, -L and --list-markdown: what filters and formats can name, laid out as sysdig does, and as JSON with -j."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pysysdig.events._syscall_table import SC_NAMES, X86_64_SYSCALLS
from pysysdig.events.table import GENERIC_E, GENERIC_X, OLD, OLD_VERSION, UNUSED, EventInfo, load
from pysysdig.fields.listing import heading, listed

SYSCALL = "syscall"
_LEFT = 30
_WIDTH = 120


def document(value: Any) -> str:
    """A list as JSON, for people's eyes, too."""
    import json

    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _type(name: str) -> str:
    return "DYNAMIC" if name == "DYN" else name


def _wrapped(text: str) -> str:
    """Words, each followed by a blank, in lines of 90 that start in the right column."""
    out, length = [], 0
    for word in text.split():
        if length + len(word) + 1 > _WIDTH - _LEFT:
            out.append("\n" + " " * _LEFT)
            length = 0
        out.append(word + " ")
        length += len(word) + 1
    return "".join(out)


def fields(types: bool = False, source: str = SYSCALL) -> str:
    """-l; with `types` -lv."""
    out = []
    for name, some in listed(source).items():
        title, about = heading(name)
        out.append(f"{'-' * 31}\n{'Field Class:':{_LEFT}}{title}\n{'Description:':{_LEFT}}{_wrapped(about)}\n")
        out.append(f"{'Event Sources:':{_LEFT}}{source} \n\n")
        for field in some:
            left = f"{field.name:{_LEFT}}" if len(field.name) <= _LEFT else f"{field.name}\n{'':{_LEFT}}"
            out.append(left + _wrapped(f"(Type: {_type(field.type)}) {field.desc}" if types else field.desc) + "\n")
        out.append("\n")
    return "".join(out)


def fields_json(source: str = SYSCALL) -> list[dict[str, Any]]:
    """-l -j: a dict for each field. `argument`, as in `proc.aname[1]`: none, allowed or required; filter_only: no formats."""
    return [
        {
            "name": field.name,
            "class": heading(name)[0],
            "type": field.type,
            "description": field.desc,
            "argument": "required" if "ARG_REQUIRED" in field.flags else "allowed" if "ARG_ALLOWED" in field.flags else "none",
            "list": field.is_list,
            "filter_only": "FILTER_ONLY" in field.flags,
        }
        for name, some in listed(source).items()
        for field in some
    ]


def fields_markdown(source: str = SYSCALL) -> str:
    """--list-markdown."""
    out = []
    for name, some in listed(source).items():
        title, about = heading(name)
        out.append(f"## Field Class: {title.split(' (')[0]}\n\n{about}\n\nEvent Sources: {source} \n\n")
        out.append("Name | Type | Description\n:----|:-----|:-----------\n")
        out += [f"`{field.name}` | {_type(field.type)} | {field.desc}\n" for field in some]
        out.append("\n")
    return "".join(out)


def events() -> str:
    """-L: every event with its parameters; system calls without parameters of their own come last."""
    return "".join(_event(info, name) for info, name in _listed_events())


def events_json() -> list[dict[str, Any]]:
    """-L -j: a dict for each line of -L, in the same order."""
    return [
        {"name": name, "dir": info.dir, "params": [{"name": p.name, "type": _type(p.type)} for p in info.params]}
        for info, name in _listed_events()
    ]


def _listed_events() -> Iterator[tuple[EventInfo, str]]:
    table = load(OLD)
    for info in table:
        if info.type not in (GENERIC_E, GENERIC_X) and not info.flags & (OLD_VERSION | UNUSED) and info.name != "NA":
            yield info, info.name
    own = {code for code, _, enter, _ in X86_64_SYSCALLS.values() if enter != GENERIC_E}
    for code in sorted(SC_NAMES):
        if code and code not in own:
            yield table[GENERIC_E], SC_NAMES[code]
            yield table[GENERIC_X], SC_NAMES[code]


def _event(info: EventInfo, name: str) -> str:
    params = ", ".join(f"{_type(p.type)} {p.name}" for p in info.params)
    return f"{info.dir} {name}({params})\n"
