"""What was found, for people and for programs. Texts of rule files may hold anything: control characters are escaped."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence

from pysysdig.output.terminal import escaped
from pysysdig.workbench.lint.model import LEVELS, Finding
from pysysdig.workbench.lint.run import Linted
from pysysdig.workbench.lint.sarif import sarif

_SHOWN = 160  # characters of a line


def text(linted: Linted) -> str:
    """A finding in two or three lines: where and what, and the line of the file with a mark under it."""
    out = []
    findings = [f for f in linted.findings if not f.suppressed]
    for finding in findings:
        line, column, _, _ = finding.lines()
        where = f"  [{finding.kind} {finding.item}]" if finding.item else ""
        out.append(f"{finding.file}:{line}:{column}: {finding.level}: {finding.code} {finding.message}{where}")
        out += _snippet(finding)
        if finding.fix is not None:
            out.append(f"    --fix: {finding.fix.description}")
    out.append(summary(linted))
    return escaped("\n".join(out)) + "\n"


def summary(linted: Linted) -> str:
    """How much was found."""
    counts = Counter(f.level for f in linted.findings if not f.suppressed)
    meant = sum(f.suppressed for f in linted.findings)
    parts = [f"{counts[level]} {level}{'s' if counts[level] > 1 else ''}" for level in LEVELS if counts[level]]
    return ", ".join([*(parts or ["nothing found"]), *([f"{meant} ignored by comments"] if meant else [])])


def _snippet(finding: Finding) -> list[str]:
    start = finding.text.rfind("\n", 0, finding.start) + 1
    end = finding.text.find("\n", finding.start)
    line = finding.text[start : end if end >= 0 else len(finding.text)]
    at = finding.start - start
    cut = max(0, at - _SHOWN // 2)
    shown = "".join(c if c.isprintable() else "." for c in line[cut : cut + _SHOWN])
    width = max(1, min(finding.end, start + len(line)) - finding.start)
    return [f"    {shown}", "    " + " " * (at - cut) + "^" + "~" * (min(width, len(shown) - (at - cut)) - 1)] if shown else []


def as_json(linted: Linted) -> str:
    """One document."""
    rows = []
    for finding in linted.findings:
        line, column, end_line, end_column = finding.lines()
        rows.append({
            "code": finding.code, "level": finding.level, "message": escaped(finding.message), "file": finding.file, "line": line,
            "column": column, "end_line": end_line, "end_column": end_column, "kind": finding.kind, "item": finding.item,
            "suppressed": finding.suppressed, "fix": finding.fix.description if finding.fix is not None else None,
        })  # fmt: skip
    return json.dumps({"schema": 1, "loads": linted.loads, "findings": rows}, indent=1) + "\n"


def github(linted: Linted) -> str:
    """Workflow commands that annotate a pull request."""

    def data(value: str, *more: str) -> str:
        value = escaped(value)
        for char in ("%", "\r", "\n", *more):
            value = value.replace(char, f"%{ord(char):02X}")
        return value

    names = {"error": "error", "warning": "warning", "note": "notice"}
    out = []
    for f in linted.findings:
        if not f.suppressed:
            line, column, end, _ = f.lines()
            place = f"file={data(f.file, ':', ',')},line={line},endLine={end},col={column},title={f.code}"
            out.append(f"::{names[f.level]} {place}::{data(f.message)}\n")
    return "".join(out)


FORMATS: dict[str, Callable[[Linted], str]] = {"text": text, "json": as_json, "sarif": sarif, "github": github}


def worst(findings: Sequence[Finding]) -> int:
    """The index in LEVELS of the most severe finding that counts; len(LEVELS) if there is none."""
    return min((LEVELS.index(f.level) for f in findings if not f.suppressed), default=len(LEVELS))
