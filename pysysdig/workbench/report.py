"""What became of the tests, for people and for programs. A format is one function and one row of FORMATS.

Texts of traces and rules may hold anything: control characters are escaped wherever they could do harm.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from pysysdig.output.terminal import escaped
from pysysdig.workbench.verdict import ERROR, FAILED, PASSED, SKIPPED, Outcome, Problem

_MARKS = {PASSED: "ok", FAILED: "FAIL", ERROR: "ERROR", SKIPPED: "skip"}


def pretty(outcomes: Sequence[Outcome], seconds: float) -> str:
    """A line for each file, and what failed."""
    out = []
    for path, group in groupby(outcomes, lambda o: o.case.place.name):
        some = list(group)
        counts = Counter(o.status for o in some)
        worst = next((s for s in (ERROR, FAILED, PASSED, SKIPPED) if counts[s]), PASSED)
        out.append(f"{_MARKS[worst]:<6}{path}  {_counts(counts)}")
        for outcome in some:
            if outcome.status in (FAILED, ERROR):
                out += _failure(outcome)
            elif outcome.status == SKIPPED:
                out.append(f"      skipped  {outcome.case.name}: {outcome.reason}")
    total = Counter(o.status for o in outcomes)
    out.append(f"{_counts(total)} in {seconds:.2f} s")
    return escaped("\n".join(out)) + "\n"


def _counts(counts: Counter[str]) -> str:
    parts = [
        f"{counts[s]} {s if s != ERROR or counts[s] == 1 else 'errors'}" for s in (FAILED, ERROR, PASSED, SKIPPED) if counts[s]
    ]
    return ", ".join(parts) or "no tests"


def _failure(outcome: Outcome) -> list[str]:
    case = outcome.case
    out = [f"\n{case.place.name}:{case.line}  {case.name}  {_MARKS[outcome.status]}"]
    out += [f"  {line}" for line in outcome.reason.splitlines()]
    for problem in outcome.problems:
        first, *more = problem.text.splitlines()
        out.append(f"  {problem.kind:<10}  {first}  ({case.place.name}:{problem.line})")
        out += [f"    {line}" for line in more]
        if problem.why:
            out.append("  why")
            out += [f"    {line}" for line in problem.why]
    out.append(f"  rerun       pysysdig rules test {case.place.name} -k {json.dumps(case.name, ensure_ascii=False)}\n")
    return out


def as_json(outcomes: Sequence[Outcome], seconds: float) -> str:
    """One document."""
    tests = [
        {
            "file": o.case.place.name,
            "line": o.case.line,
            "name": o.case.name,
            "status": o.status,
            "reason": o.reason,
            "events": o.events,
            "seconds": round(o.seconds, 6),
            "tags": list(o.case.tags),
            "problems": [_problem_json(problem) for problem in o.problems],
        }
        for o in outcomes
    ]
    return json.dumps({"schema": 1, "seconds": round(seconds, 6), "tests": tests}, indent=1) + "\n"


def whole(problem: Problem) -> str:
    """What is wrong, and why."""
    return "\n".join([problem.text, *problem.why])


def _problem_json(problem: Problem) -> dict[str, Any]:
    return {
        "kind": problem.kind,
        "line": problem.line,
        "text": problem.text,
        "why": list(problem.why),
        "explanation": problem.explanation,
    }


def junit(outcomes: Sequence[Outcome], seconds: float) -> str:
    """JUnit's XML, as CI systems read it: a suite a file."""
    out = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites{_numbers(outcomes)}>"]
    for path, group in groupby(outcomes, lambda o: o.case.place.name):
        some = list(group)
        out.append(f"  <testsuite name={_xml(path)} file={_xml(path)}{_numbers(some)}>")
        for o in some:
            head = f"    <testcase classname={_xml(path.replace('/', '.'))} name={_xml(o.case.name)} file={_xml(path)}"
            head += f' line="{o.case.line}" time="{o.seconds:.6f}"'
            body = _junit_body(o)
            out.append(f"{head}/>" if not body else f"{head}>{body}</testcase>")
        out.append("  </testsuite>")
    return "\n".join([*out, "</testsuites>"]) + "\n"


def _junit_body(o: Outcome) -> str:
    if o.status == ERROR:
        return f"<error message={_xml(o.reason.splitlines()[0])}/>"
    if o.status == SKIPPED:
        return f"<skipped message={_xml(o.reason)}/>"
    return "".join(
        f"<failure type={_xml(p.kind)} message={_xml(p.text.splitlines()[0])}>{_xml(whole(p))[1:-1]}</failure>"
        for p in o.problems
    )


def _numbers(outcomes: Sequence[Outcome]) -> str:
    counts = Counter(o.status for o in outcomes)
    return (
        f' tests="{len(outcomes)}" failures="{counts[FAILED]}" errors="{counts[ERROR]}" skipped="{counts[SKIPPED]}"'
        f' time="{sum(o.seconds for o in outcomes):.6f}"'
    )


def _xml(text: str) -> str:
    """A quoted value; what XML 1.0 cannot hold is written as an escape."""
    safe = escaped(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return '"' + safe.replace("\n", "&#10;").replace("\t", "&#9;") + '"'


def tap(outcomes: Sequence[Outcome], seconds: float) -> str:
    """TAP 14."""
    out = ["TAP version 14", f"1..{len(outcomes)}"]
    for number, o in enumerate(outcomes, 1):
        name = escaped(f"{o.case.place.name}: {o.case.name}").replace("#", "\\#").replace("\n", " ")
        skip = f" # SKIP {escaped(o.reason)}" if o.status == SKIPPED else ""
        out.append(f"{'ok' if o.status in (PASSED, SKIPPED) else 'not ok'} {number} - {name}{skip}")
        if o.status in (FAILED, ERROR):
            texts = [o.reason] if o.reason else [f"{p.kind}: {whole(p)}" for p in o.problems]
            out += ["  ---", f"  at: {json.dumps(f'{o.case.place.name}:{o.case.line}')}", "  message:"]
            out += [f"    - {json.dumps(text)}" for text in texts]
            out.append("  ...")
    return "\n".join(out) + "\n"


def github(outcomes: Sequence[Outcome], seconds: float) -> str:
    """Workflow commands that annotate a pull request."""

    def data(text: str, *more: str) -> str:
        text = escaped(text)
        for char in ("%", "\r", "\n", *more):
            text = text.replace(char, f"%{ord(char):02X}")
        return text

    out = []
    for o in outcomes:
        texts = (
            [(o.case.line, o.reason)]
            if o.status == ERROR
            else [(p.line, p.text) for p in o.problems]
            if o.status == FAILED
            else []
        )
        for line, text in texts:
            place = f"file={data(o.case.place.name, ':', ',')},line={line},title={data(o.case.name, ':', ',')}"
            out.append(f"::error {place}::{data(text)}\n")
    return "".join(out)


FORMATS: dict[str, Callable[[Sequence[Outcome], float], str]] = {
    "pretty": pretty,
    "json": as_json,
    "junit": junit,
    "tap": tap,
    "github": github,
}
