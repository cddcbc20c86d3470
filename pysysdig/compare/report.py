"""Differences as text, JSON and Markdown."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from pysysdig.compare.collect import Tally
from pysysdig.compare.difference import FASTER, SLOWER, Change
from pysysdig.compare.sequence import Call, Parting
from pysysdig.output.terminal import escaped

_MOST = 30  # changes of a section that are shown


def text(changes: Sequence[Change], before: str, after: str) -> str:
    """For people."""
    if not changes:
        return f"no differences between {escaped(before)} and {escaped(after)}\n"
    lines = [f"--- {escaped(before)}", f"+++ {escaped(after)}"]
    for section, found in _sections(changes):
        lines += ["", f"{section}:"]
        width = max(len(c.kind) for c in found)
        lines += [f"  {c.kind:<{width}}  {_key(c)}  {_numbers(c)}" for c in found[:_MOST]]
        if len(found) > _MOST:
            lines.append(f"  ... and {len(found) - _MOST} more (-j shows all)")
    return "\n".join(lines) + "\n"


def markdown(changes: Sequence[Change], before: str, after: str) -> str:
    """For a pull request."""
    if not changes:
        return f"No differences between `{_code(before)}` and `{_code(after)}`.\n"
    lines = [f"Differences from `{_code(before)}` to `{_code(after)}`:", ""]
    for section, found in _sections(changes):
        lines += [f"### {section}", "", "| | what | numbers |", "| --- | --- | --- |"]
        lines += [f"| {c.kind} | `{_code(' '.join(c.key))}` | {_numbers(c)} |" for c in found[:_MOST]]
        if len(found) > _MOST:
            lines.append(f"| | {len(found) - _MOST} more | |")
        lines.append("")
    return "\n".join(lines)


def to_json(changes: Sequence[Change], before: str, after: str) -> str:
    """For programs: all of them."""
    rows = [
        {"section": c.section, "change": c.kind, "key": list(c.key), "before": _tally(c.before), "after": _tally(c.after)}
        for c in changes
    ]
    return json.dumps({"before": before, "after": after, "changes": rows}, indent=1) + "\n"


FORMATS: dict[str, Callable[[Sequence[Change], str, str], str]] = {"text": text, "json": to_json, "markdown": markdown}


def parting_text(found: Parting | None, program: str) -> str:
    """Where two runs part, for people."""
    if found is None:
        return f"{escaped(program)}: the same calls in both\n"
    lines = [f"{escaped(program)}: {found.common} calls are the same, then"]
    lines += [f"    {_call(call)}" for call in found.latest]
    lines += [f"  - {_next(found.first)}", f"  + {_next(found.second)}"]
    return "\n".join(lines) + "\n"


def _next(found: tuple[int, Call] | None) -> str:
    return "(its end)" if found is None else f"{_call(found[1])}  (event {found[0]})"


def _call(call: Call) -> str:
    return escaped(" ".join(part for part in call if part)).replace("\n", "\\x0a")


def _sections(changes: Sequence[Change]) -> list[tuple[str, list[Change]]]:
    out: dict[str, list[Change]] = {}
    for change in changes:
        out.setdefault(change.section, []).append(change)
    return list(out.items())


def _key(change: Change) -> str:
    return escaped(" ".join(part for part in change.key if part)).replace("\n", "\\x0a")


def _code(text: str) -> str:
    """In a code span of a table."""
    return escaped(text).replace("\n", "\\x0a").replace("`", "'").replace("|", "\\|")


def _numbers(change: Change) -> str:
    old, new = change.before, change.after
    if change.kind in (SLOWER, FASTER):
        return " ".join(
            f"p{round(share * 100)} {_ns(old.quantile(share))} -> {_ns(new.quantile(share))}" for share in (0.5, 0.99)
        )
    parts = [f"{old.count} -> {new.count}"]
    if old.failed or new.failed:
        parts.append(f"failed {old.failed} -> {new.failed}")
    if old.bytes or new.bytes:
        parts.append(f"bytes {old.bytes} -> {new.bytes}")
    return ", ".join(parts)


def _ns(value: int | None) -> str:
    if value is None:
        return "-"
    for size, unit in ((10**9, "s"), (10**6, "ms"), (10**3, "us")):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value} ns"


def _tally(tally: Tally) -> dict[str, int | None]:
    return {
        "count": tally.count,
        "failed": tally.failed,
        "bytes": tally.bytes,
        "latency_p50": tally.quantile(0.5),
        "latency_p99": tally.quantile(0.99),
    }
