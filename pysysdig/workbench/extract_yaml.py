"""A collected scene as a test file."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pysysdig.workbench.extract import Scene
from pysysdig.workbench.other_sources import Written

_PLAIN = re.compile(r"[A-Za-z0-9_./+][A-Za-z0-9_./@+=-]*")
_SPECIAL = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def test_file(
    scene: Scene, rules: Sequence[str], name: str, expected: Mapping[int, Sequence[str]], remarks: Sequence[str]
) -> str:
    """The text. expected: for each event of the trace (by number) the rules that fire."""
    out = [f"# {remark}" for remark in remarks]
    out += ["version: 1", f"rules: {_flow(list(rules))}", "machine:"]
    for key in ("users", "groups", "containers", "processes"):
        entries = getattr(scene.machine, key)
        if entries:
            out.append(f"  {key}:")
            out += [f"    {_flow(title)}: {_flow(value)}" for title, value in entries.items()]
    if out[-1] == "machine:":
        out.pop()
    out += ["tests:", f"- name: {_flow(name)}", "  events:"]
    last = scene.events[0].time if scene.events else 0
    labelled: set[int] = set()
    counts = Counter(event.number for event in scene.events)
    seen: Counter[int] = Counter()
    for event in scene.events:
        entry: dict[str, Any] = {}
        seen[event.number] += 1
        if seen[event.number] == counts[event.number]:  # what stands before it only prepares it
            entry["id"] = f"e{event.number}"
            labelled.add(event.number)
        if event.time > last:
            entry["at"] = f"+{event.time - last}ns"
        if event.by:
            entry["by"] = event.by
        entry.update(event.entries)
        out.append(f"  - {_flow(entry)}")
        last = max(last, event.time)
    out += ["  others: any", "  expect:"]
    out += [f"    e{number}: {_flow(_wants(expected.get(number, ())))}" for number in sorted(labelled)]
    return "\n".join(out) + "\n"


test_file.__test__ = False  # type: ignore[attr-defined]  # for pytest


def _wants(names: Sequence[str]) -> list[Any]:
    return [name if count == 1 else {"rule": name, "count": count} for name, count in Counter(names).items()]


def _flow(value: Any) -> str:
    """In flow style."""
    if isinstance(value, Written):
        return value.text
    if value is None:
        return "~"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if text in ("true", "false"):
        return text  # as they are meant
    if _PLAIN.fullmatch(text) and text.lower() not in _SPECIAL:
        return text
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in json.dumps(text, ensure_ascii=False))
