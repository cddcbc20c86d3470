"""What came of a backtest, for people and for programs. A format is one function and one row of FORMATS.

Nothing depends on how many processes there were, and only costs on how long they took. Texts of traces and rules may hold
anything: control characters are escaped, and what a format gives a meaning to.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pysysdig.output.terminal import escaped
from pysysdig.workbench.backtest.model import GONE, MOVED, NEW, Cost, Difference, Outcome

_SHOWN = 20  # differences that are told of one by one, where people read them
_TOP = 15  # costs that people are shown


class _Row:
    """One rule in one line: alerts of each variant, and how the second differs from the first."""

    def __init__(self, rule: str, counts: Sequence[int], changes: dict[tuple[str, str], int]) -> None:
        self.rule = rule
        self.counts = list(counts)
        self.new = changes.get((NEW, rule), 0)
        self.gone = changes.get((GONE, rule), 0)
        self.moved = changes.get((MOVED, rule), 0)

    @property
    def told(self) -> bool:
        """Whether there is anything to tell."""
        return any(self.counts) or bool(self.new or self.gone or self.moved)


def _rows(outcome: Outcome) -> list[_Row]:
    totals = [outcome.total(i) for i in range(len(outcome.variants))]
    changes: dict[tuple[str, str], int] = {}
    for variant in outcome.variants[1:]:
        for key, count in outcome.changes(variant.name).items():
            changes[key] = changes.get(key, 0) + count
    names = list(dict.fromkeys(name for total in totals for name in total))
    return [_Row(name, [total.get(name, 0) for total in totals], changes) for name in names]


def _differences(outcome: Outcome) -> list[Difference]:
    return [d for result in outcome.results for d in result.differences]


def _heading(outcome: Outcome) -> str:
    events = sum(r.events for r in outcome.results)
    drops = sum(r.drops for r in outcome.results)
    failed = sum(bool(r.error) for r in outcome.results)
    traces = f"{len(outcome.results)} trace{'s' if len(outcome.results) != 1 else ''}"
    parts = [traces, f"{events} events"]
    parts += [f"{drops} notices of lost events"] if drops else []
    parts += [f"{failed} could not be read to the end"] if failed else []
    return ", ".join(parts)


def _named(outcome: Outcome) -> str:
    return "  ".join(f"{v.name} = {', '.join(v.files)}" for v in outcome.variants)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns, the first to the left and the others to the right."""
    sizes = [max(map(len, column)) for column in zip(heads, *rows)]
    return [
        "  ".join(t.rjust(w) if i else t.ljust(w) for i, (t, w) in enumerate(zip(row, sizes))).rstrip() for row in (heads, *rows)
    ]


def pretty(outcome: Outcome) -> str:
    """Tables and the first differences."""
    several = len(outcome.variants) > 1
    out = [_heading(outcome), _named(outcome), ""]
    shown = [row for row in _rows(outcome) if row.told]
    heads = ["rule", *(v.name for v in outcome.variants), *((NEW, GONE, MOVED) if several else ())]
    rows = [
        [r.rule, *map(str, r.counts), *((str(r.new), str(r.gone), f"{r.moved:+d}" if r.moved else "0") if several else ())]
        for r in shown
    ]
    out += _table(heads, rows) if rows else ["no alerts"]
    silent = len(outcome.total(0)) - sum(1 for r in shown if r.counts[0])
    out.append(f"{silent} rules of {outcome.variants[0].name} raise no alert" if silent else "")
    found = _differences(outcome)
    for d in found[:_SHOWN]:
        out += ["", *_told(d)]
    total = sum(abs(n) for r in outcome.results for (_, kind, _), n in r.changes.items() if n > 0)
    if total > _SHOWN:
        out += ["", f"and {total - _SHOWN} more (-f json has all)"]
    for trace, rule, count, allowed in outcome.over:
        out.append(f"more than the baseline: {trace}: {rule}: {count}, known are {allowed}")
    out += [f"error: {r.error}" for r in outcome.results if r.error]
    out += _costs(outcome)
    while out and not out[-1]:
        out.pop()
    return escaped("\n".join(out)) + "\n"


def _told(d: Difference) -> list[str]:
    rule = f"{d.was} -> {d.rule}" if d.was else d.rule
    section = f" section {d.section}" if d.section else ""
    head = f"{d.kind:<6}{d.variant}  {d.trace}{section} event {d.event}  {d.time}  {rule}"
    return [head, f"        {_line(d.text)}", f"        {'before: ' if d.kind == NEW else ''}{_line(d.cause)}"]


def _line(text: str) -> str:
    return " ".join(text.splitlines())


def _costs(outcome: Outcome) -> list[str]:
    """What took longest, of each kind."""
    out: list[str] = []
    for number, variant in enumerate(outcome.variants):
        costs = _summed(outcome, number)
        for kind in ("rule", "macro", "field"):
            some = sorted(((c, name) for (k, name), c in costs.items() if k == kind), key=lambda pair: -pair[0].seconds)
            if not some:
                continue
            heads = [f"{kind} ({variant.name})", "seconds", *(("tried", "true", "us/1k tried") if kind == "rule" else ())]
            heads += ["rules"] if kind == "macro" else []
            rows = []
            for cost, name in some[:_TOP]:
                row = [name, f"{cost.seconds:.3f}"]
                if kind == "rule":
                    row += [str(cost.tried), str(cost.matched), f"{1e9 * cost.seconds / cost.tried:.0f}" if cost.tried else "-"]
                rows.append([*row, *([str(cost.users)] if kind == "macro" else [])])
            out += ["", *_table(heads, rows)]
    return out


def _summed(outcome: Outcome, variant: int) -> dict[tuple[str, str], Cost]:
    out: dict[tuple[str, str], Cost] = {}
    for result in outcome.results:
        for key, cost in result.costs[variant].items() if result.costs else ():
            out[key] = out.get(key, Cost()).plus(cost)
    return out


def _records(outcome: Outcome) -> Iterator[dict[str, Any]]:
    """All of it, one fact a record."""
    for variant in outcome.variants:
        yield {"type": "variant", "name": variant.name, "files": list(variant.files), "rules": len(variant.rules)}
    for result in outcome.results:
        yield {
            "type": "trace",
            "trace": result.trace,
            "events": result.events,
            "drops": result.drops,
            "error": result.error or None,
        }
        for variant, counts in zip(outcome.variants, result.counts):
            for name in (rule.name for rule in variant.rules if counts.get(rule.name)):
                found = {"trace": result.trace, "rule": name, "alerts": counts[name]}
                yield {"type": "count", "variant": variant.name, **found}
        for d in result.differences:
            yield {"type": "difference", **d._asdict(), "was": d.was or None}
        for variant, costs in zip(outcome.variants, result.costs):
            for (kind, name), cost in sorted(costs.items()):
                yield {"type": "cost", "variant": variant.name, "trace": result.trace, "of": kind, "name": name, **cost._asdict()}
    for trace, name, count, allowed in outcome.over:
        yield {"type": "over", "trace": trace, "rule": name, "alerts": count, "baseline": allowed}


def as_json(outcome: Outcome) -> str:
    """One document."""
    records: dict[str, list[dict[str, Any]]] = {}
    for record in _records(outcome):
        records.setdefault({"cost": "costs"}.get(record["type"], record["type"] + "s"), []).append(
            {key: value for key, value in record.items() if key != "type"}
        )
    names = ("variants", "traces", "counts", "differences", "overs", "costs")
    return json.dumps({"schema": 1, **{name: records.get(name, []) for name in names}}, indent=1) + "\n"


def ndjson(outcome: Outcome) -> str:
    """A record a line."""
    return "".join(json.dumps(record) + "\n" for record in _records(outcome))


def as_csv(outcome: Outcome) -> str:
    """Alerts by trace and rule."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["trace", "rule", *(v.name for v in outcome.variants), NEW, GONE, MOVED])
    for result in outcome.results:
        changes: dict[tuple[str, str], int] = {}
        for (_, kind, rule), count in result.changes.items():
            changes[kind, rule] = changes.get((kind, rule), 0) + count
        names = dict.fromkeys(rule.name for v in outcome.variants for rule in v.rules)
        for name in names if result.counts else ():
            row = _Row(name, [counts.get(name, 0) for counts in result.counts], changes)
            if row.told:
                writer.writerow([_cell(result.trace), _cell(name), *row.counts, row.new, row.gone, row.moved])
    return out.getvalue()


def _cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = escaped(text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def markdown(outcome: Outcome) -> str:
    """A comment on a pull request."""
    several = len(outcome.variants) > 1
    heads = ["rule", *(v.name for v in outcome.variants), *((NEW, GONE, MOVED) if several else ())]
    out = [
        f"**Backtest**: {_heading(outcome)}. "
        + "; ".join(f"{v.name}: {code_cell(', '.join(v.files))}" for v in outcome.variants),
        "",
    ]
    shown = [row for row in _rows(outcome) if (row.new or row.gone or row.moved or not several) and row.told]
    if shown:
        out += [f"| {' | '.join(heads)} |", f"| --- |{' ---: |' * (len(heads) - 1)}"]
        for r in shown:
            cells = [text_cell(r.rule), *map(str, r.counts), *((str(r.new), str(r.gone), f"{r.moved:+d}") if several else ())]
            out.append(f"| {' | '.join(cells)} |")
    else:
        out.append("No alert differs." if several else "No alerts.")
    found = _differences(outcome)
    if found:
        out += ["", "| | event | rule | alert | cause |", "| --- | --- | --- | --- | --- |"]
        for d in found[:_SHOWN]:
            rule = f"{d.was} -> {d.rule}" if d.was else d.rule
            place = f"{d.trace}:{d.section}:{d.event}"
            out.append(f"| {d.kind} | {code_cell(place)} | {text_cell(rule)} | {code_cell(d.text)} | {code_cell(d.cause)} |")
        if len(found) > _SHOWN:
            out += ["", f"and {len(found) - _SHOWN} more."]
    for trace, rule, count, allowed in outcome.over:
        out += ["", f"More than the baseline: {code_cell(trace)}, {text_cell(rule)}: {count}, known are {allowed}."]
    out += [f"\nError: {code_cell(r.error)}" for r in outcome.results if r.error]
    return "\n".join(out) + "\n"


def text_cell(text: str) -> str:
    """Text that is nothing but text in a cell of a table."""
    text = _line(escaped(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#|!~@" else c for c in text)


def code_cell(text: str) -> str:
    """Text as code in a cell of a table."""
    text = _line(escaped(text)).replace("|", "\\|")
    fence = "`"
    while fence in text:
        fence += "`"
    space = " " if len(fence) > 1 else ""
    return f"{fence}{space}{text or ' '}{space}{fence}"


FORMATS: dict[str, Callable[[Outcome], str]] = {
    "pretty": pretty, "json": as_json, "ndjson": ndjson, "csv": as_csv, "markdown": markdown,
}  # fmt: skip
