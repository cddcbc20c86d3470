"""Linting some rule files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from pysysdig.rules.results import ERROR_TEXTS, UNUSED_LIST, UNUSED_MACRO, Problem
from pysysdig.workbench.lint.conditions import conditions
from pysysdig.workbench.lint.items import items
from pysysdig.workbench.lint.model import ERROR, WARNING, Finding
from pysysdig.workbench.lint.settings import LintSettings
from pysysdig.workbench.lint.usage import Usage
from pysysdig.workbench.lint.wholes import wholes
from pysysdig.workbench.source import RuleFile, Sources, sources

_IGNORE = re.compile(r"#\s*pysysdig:\s*ignore\b[:\s]*((?:[A-Z][A-Z0-9_]+[,\s]*)*)")
_UNUSED = (UNUSED_LIST, UNUSED_MACRO)


class Linted(NamedTuple):
    """What was found, in the order of files and places; `loads`: whether the rules can be used at all."""

    findings: list[Finding]
    loads: bool


def lint(contents: Sequence[tuple[str, bytes]], settings: LintSettings, tested: Collection[str] | None = None) -> Linted:
    """Lint (name, content) of rule files that are loaded together, in this order."""
    read = sources(contents)
    found = list(_verdicts(read, dict(contents)))
    if read.rule_set.successful:
        usage = Usage(read)
        for some in (conditions(read, usage), wholes(read), items(read, usage, tested)):
            found += some
    names = [name for name, _ in contents]
    kept = [_levelled(f, settings) for f in found if settings.wants(f.code)]
    kept = list(_marked(kept, read.files))
    kept.sort(key=lambda f: (names.index(f.file) if f.file in names else -1, f.start, f.code))
    return Linted(kept, read.rule_set.successful)


def _levelled(finding: Finding, settings: LintSettings) -> Finding:
    level = settings.levels.get(finding.code)
    return finding if level is None else finding._replace(level=level)


def _verdicts(read: Sources, contents: dict[str, bytes]) -> Iterator[Finding]:
    """What Falco's loader says; each thing once, although it looks at all rules again after each file."""
    seen = set()
    results = read.rule_set.results
    for number, result in enumerate(results):
        for problem in (*result.errors, *result.further, *result.warnings):
            if problem.code in _UNUSED and number != len(results) - 1:
                continue  # a later file may use it
            finding = _verdict(problem, read.files, contents)
            key = (finding.code, finding.file, finding.start, finding.message)
            if key not in seen:
                seen.add(key)
                yield finding


def _verdict(problem: Problem, files: Sequence[RuleFile], contents: dict[str, bytes]) -> Finding:
    locations = problem.context.locations
    file = next((f for f in files if f.name == locations[0].name), None)
    place = next(loc for loc in reversed(locations) if loc.name == locations[0].name)
    raw = contents.get(place.name, b"")
    start = len(raw[: place.position.offset].decode("utf-8", "replace"))
    level = ERROR if problem.code in ERROR_TEXTS else WARNING
    message = problem.message or problem.title
    message += f" ({problem.hint})" if problem.hint else ""
    item = next((i for i in file.items if i.start <= start < i.end), None) if file is not None else None
    text = raw.decode("utf-8", "replace")
    end = min(start + 1, len(text))
    kind, name = (item.kind, item.name) if item is not None else ("", "")
    return Finding(problem.code, level, message, place.name, text, min(start, end), end, kind, name, problem.message[:80])


def _marked(findings: Iterable[Finding], files: Sequence[RuleFile]) -> Iterator[Finding]:
    """The findings, those suppressed by a comment marked."""
    ignored: dict[str, list[tuple[int, int, frozenset[str]]]] = {}
    for file in files:
        for item in file.items:
            for line in item.text.splitlines():
                match = _IGNORE.search(line)
                if match:
                    codes = frozenset(re.findall(r"[A-Z][A-Z0-9_]+", match[1]))
                    ignored.setdefault(file.name, []).append((item.start, item.end, codes))
    for finding in findings:
        meant = any(
            start <= finding.start < end and (not codes or finding.code in codes)
            for start, end, codes in ignored.get(finding.file, ())
        )
        yield finding._replace(suppressed=True) if meant else finding
