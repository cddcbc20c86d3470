"""-cl, -i and the completion of chisel names (docs/reference/chisels.md 1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pysysdig.chisel import Chisel
from pysysdig.chiselkit import loader
from pysysdig.chiselkit.arguments import FIELD, usage
from pysysdig.errors import ChiselError

_COLUMNS = 79
_INDENT = 16


def _split(text: str, width: int) -> list[str]:
    from textwrap import wrap

    return wrap(text, width) or [""]


def _entry(name: str, summary: str) -> str:
    """The name, and the summary beside it, in as many lines as it takes."""
    first = name.ljust(_INDENT) if len(name) < _INDENT else f"{name}\n{' ' * _INDENT}"
    return first + f"\n{' ' * _INDENT}".join(_split(summary, _COLUMNS - _INDENT)) + "\n"


def _heading(category: str) -> str:
    text = f"Category: {category}"
    return f"\n{text}\n{'-' * len(text)}\n"


def overview(directories: Sequence[str] = ()) -> str:
    """The list of all chisels that are not hidden, by category; at the end what is not loaded or passed over, and why."""
    found: list[tuple[str, str, str]] = []
    broken: list[str] = []
    for name, chisel in loader.every(directories):
        if isinstance(chisel, ChiselError):
            broken.append(str(chisel))
        elif not chisel.hidden:
            found.append((chisel.category, name, chisel.summary))
    out, last = [], None
    for category, name, summary in sorted(found):
        if category != last:
            out.append(_heading(category))
            last = category
        out.append(_entry(name, summary))
    out.append("\nUse the -i flag to get detailed information about a specific chisel\n")
    if broken:
        out += ["\nNot loaded:\n", *(f"{line}\n" for line in broken)]
    passed_over = loader.passed_over(directories)
    if passed_over:
        out += ["\nPassed over:\n", *(f"{line}\n" for line in passed_over)]
    return "".join(out)


def overview_json(directories: Sequence[str] = ()) -> dict[str, Any]:
    """The same as data: `chisels` as of `description_json`, sorted by name, and why others are `not_loaded`, `passed_over`."""
    found, broken = [], []
    for _, chisel in loader.every(directories):
        if isinstance(chisel, ChiselError):
            broken.append(str(chisel))
        elif not chisel.hidden:
            found.append(description_json(chisel))
    return {"chisels": found, "not_loaded": broken, "passed_over": loader.passed_over(directories)}


def description_json(chisel: type[Chisel]) -> dict[str, Any]:
    """What -i says of a chisel, as data."""
    return {
        "name": chisel.name,
        "category": chisel.category,
        "summary": chisel.summary,
        "description": chisel.description or chisel.summary,
        "args": [
            {"name": a.name, "type": a.type, "description": a.description, "optional": a.optional, "choices": list(a.choices)}
            for a in chisel.args
        ],
    }


def information(name: str, directories: Sequence[str] = ()) -> str:
    """Everything about one chisel; ChiselError if there is none of that name."""
    return describe(known(name, directories))


def known(name: str, directories: Sequence[str] = ()) -> type[Chisel]:
    """The chisel of that name; ChiselError if there is none."""
    try:
        return loader.find(name, directories)
    except ChiselError as error:
        if str(error).startswith("can't open"):
            raise ChiselError(f"chisel {name} not found - use -cl to list them.") from None
        raise


def describe(chisel: type[Chisel]) -> str:
    """The text of -i."""
    description = "\n".join(_split(chisel.description or chisel.summary, _COLUMNS))
    args = "".join(f"[{a.label}] {a.name} - {a.description}\n" for a in chisel.args) or "(None)\n"
    lines = args.splitlines()
    wrapped = "\n".join(f"\n{' ' * _INDENT}".join(_split(line, _COLUMNS - _INDENT)) for line in lines)
    return (
        _heading(chisel.category)
        + _entry(chisel.name, chisel.summary)
        + f"\n{description}\nArgs:\n{wrapped}\n\nUsage: {usage(chisel.name, chisel.args)}\n"
    )


def completions(name: str, directories: Sequence[str] = ()) -> list[str] | None:
    """What the first argument of a chisel can be; None if anything can."""
    try:
        args = loader.find(name, directories).args
    except ChiselError:
        return None
    if args and args[0].type == FIELD:
        from pysysdig.fields.listing import listed

        return [f.name for some in listed().values() for f in some]
    return list(args[0].choices) if args and args[0].choices else None
