"""Coverage for people (text, HTML) and for programs (JSON, LCOV)."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from typing import Any

from pysysdig.output.terminal import escaped
from pysysdig.workbench.coverage import Coverage, Figures, Spot, Tally, figures

_MOST_LINES = 40  # of the text, of each kind
_CUT = 100  # characters


def text(coverage: Coverage) -> str:
    """What has not been tried comes first, with its place."""
    out: list[str] = []
    silent = [name for name, tally in coverage.rules.items() if not tally.alerts]
    fired = {name for name, tally in coverage.rules.items() if tally.alerts}
    if silent:
        out.append("rules that raised no alert:")
        out += _some([f"  {_where(coverage, name)}{name}{_rule_note(coverage, name)}" for name in silent])
    places = [spot for spot in coverage.spots.values() if spot.key[0] in fired]
    bare = [(spot, why) for spot in places if (why := _lack(coverage.tallies[spot.key]))]
    if bare:
        out.append("parts of the other rules that were not both true and false, or never mattered:")
        out += _some([f"  {_place(spot)}{spot.key[0]}: {_cut(spot.text)}  {why}" for spot, why in bare])
    idle = [(spot, left) for spot in places if spot.items and (left := _idle(coverage, spot))]
    if idle:
        out.append("constants that decided nothing:")
        out += _some(
            [
                f"  {_place(spot)}{spot.key[0]}: {len(left)} of {len(spot.items)} in {_cut(spot.text)}: {_cut(', '.join(left))}"
                for spot, left in idle
            ]
        )
    out.append(_totals(coverage))
    return escaped("\n".join(out)) + "\n"


def as_json(coverage: Coverage) -> str:
    """One document."""
    document: dict[str, Any] = {"schema": 1, **{k: round(v, 2) for k, v in figures(coverage)._asdict().items()}, "rules": []}
    by_rule: dict[str, list[Spot]] = {}
    for spot in coverage.spots.values():
        by_rule.setdefault(spot.key[0], []).append(spot)
    for name, tally in coverage.rules.items():
        place = coverage.places.get(name)
        document["rules"].append(
            {
                "rule": name,
                "source": place._asdict() if place is not None else None,
                **tally._asdict(),
                "clauses": [
                    {
                        "text": spot.text,
                        "source": spot.place._asdict() if spot.place is not None else None,
                        "exception": {"name": spot.exception, "row": spot.row} if spot.exception else None,
                        **coverage.tallies[spot.key]._asdict(),
                        "idle_items": _idle(coverage, spot),
                    }
                    for spot in by_rule.get(name, ())
                ],
            }
        )
    return json.dumps(document, indent=1) + "\n"


def lcov(coverage: Coverage) -> str:
    """LCOV: rules are functions, each comparison has two branches (true, false), taken where it mattered."""
    files: dict[str, list[Spot]] = {}
    for spot in coverage.spots.values():
        if spot.place is not None:
            files.setdefault(spot.place.file, []).append(spot)
    rules: dict[str, list[tuple[int, str]]] = {}
    for name, place in coverage.places.items():
        if place is not None:
            rules.setdefault(place.file, []).append((place.line, name))
    out: list[str] = []
    for file in dict.fromkeys([*rules, *files]):
        out += ["TN:", f"SF:{_flat(file)}"]
        some = rules.get(file, [])
        out += [f"FN:{line},{_flat(name)}" for line, name in some]
        out += [f"FNDA:{coverage.rules[name].alerts},{_flat(name)}" for _, name in some]
        out += [f"FNF:{len(some)}", f"FNH:{sum(bool(coverage.rules[name].alerts) for _, name in some)}"]
        lines: dict[int, int] = {}
        branches: list[int] = []
        for number, spot in enumerate(files.get(file, ())):
            assert spot.place is not None
            tally = coverage.tallies[spot.key]
            lines[spot.place.line] = lines.get(spot.place.line, 0) + tally.true + tally.false
            for branch, taken in enumerate((tally.decided_true, tally.decided_false)):
                branches.append(taken)
                out.append(f"BRDA:{spot.place.line},{number},{branch},{taken if tally.true + tally.false else '-'}")
        out += [f"BRF:{len(branches)}", f"BRH:{sum(map(bool, branches))}"]
        out += [f"DA:{line},{count}" for line, count in sorted(lines.items())]
        out += [f"LF:{len(lines)}", f"LH:{sum(map(bool, lines.values()))}", "end_of_record"]
    return "\n".join(out) + "\n"


def html(coverage: Coverage) -> str:
    """One page that needs nothing else."""
    rows = []
    by_rule: dict[str, list[Spot]] = {}
    for spot in coverage.spots.values():
        by_rule.setdefault(spot.key[0], []).append(spot)
    order = sorted(coverage.rules, key=lambda name: (bool(coverage.rules[name].alerts), name))
    for name in order:
        tally = coverage.rules[name]
        kind = "good" if tally.alerts else "bad"
        head = f"{escape(escaped(name))} <small>{escape(str(coverage.places.get(name) or ''))}</small>"
        rows.append(f"<details><summary class={kind}>{head} {tally.tried} tried, {tally.alerts} alerts</summary><table>")
        for spot in by_rule.get(name, ()):
            found = coverage.tallies[spot.key]
            left = _idle(coverage, spot)
            note = _lack(found) + (f"; {len(left)} of {len(spot.items)} constants decided nothing" if left else "")
            cells = (spot.text, *found, note)
            body = "".join(f"<td>{escape(escaped(str(cell)))}</td>" for cell in cells)
            line = spot.place.line if spot.place is not None else ""
            rows.append(f"<tr class={'bad' if _lack(found) else 'good'}><td>{line}</td>{body}</tr>")
        rows.append("</table></details>")
    return (
        '<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>Coverage of rules</title><style>'
        "body{font:14px sans-serif}table{border-collapse:collapse}td{border:1px solid #ccc;padding:2px 6px}"
        ".bad{background:#fdd}.good{background:#dfd}</style>\n"
        f"<h1>Coverage of rules</h1><p>{escape(_totals(coverage))}</p>"
        "<p>Columns: line, comparison, events: true, false, without value, true and it mattered, false and it mattered.</p>\n"
        + "\n".join(rows)
        + "\n</html>\n"
    )


FORMATS: dict[str, Callable[[Coverage], str]] = {"text": text, "json": as_json, "lcov": lcov, "html": html}
# where a format is written to, if nothing is said
FILES = {"text": "-", "json": "coverage.json", "lcov": "coverage.info", "html": "coverage.html"}


def _totals(coverage: Coverage) -> str:
    found: Figures = figures(coverage)
    return (
        f"coverage: rule {found.rule:.1f} %  clause {found.clause:.1f} %  decisive {found.decisive:.1f} %"
        f"  ({len(coverage.rules)} rules, {len(coverage.spots)} comparisons)"
    )


def _lack(tally: Tally) -> str:
    """What is missing of a place, "" if nothing is."""
    if not tally.true and not tally.false:
        return "never looked at"
    if not tally.true:
        return "never true" + (", without value" if tally.missing == tally.false else "")
    if not tally.false:
        return "never false"
    if not tally.decided_true and not tally.decided_false:
        return "never mattered"
    return ""


def _idle(coverage: Coverage, spot: Spot) -> list[str]:
    return [item for number, item in enumerate(spot.items) if number not in coverage.items[spot.key]]


def _rule_note(coverage: Coverage, name: str) -> str:
    tally = coverage.rules[name]
    if not tally.tried:
        return "  (never tried)"
    return f"  (true of {tally.matched} events, which others took)" if tally.matched else ""


def _where(coverage: Coverage, name: str) -> str:
    place = coverage.places.get(name)
    return f"{place}: " if place is not None else ""


def _place(spot: Spot) -> str:
    return f"{spot.place}: " if spot.place is not None else ""


def _some(lines: list[str]) -> list[str]:
    return lines if len(lines) <= _MOST_LINES else [*lines[:_MOST_LINES], f"  and {len(lines) - _MOST_LINES} more"]


def _cut(text: str) -> str:
    return text if len(text) <= _CUT else f"{text[: _CUT - 3]}..."


def _flat(text: str) -> str:
    return escaped(text).replace("\n", " ")
