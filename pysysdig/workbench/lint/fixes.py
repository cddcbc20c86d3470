"""Putting findings right: edits of the text, refused where they would change a rule that no finding is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pysysdig.errors import PysysdigError
from pysysdig.workbench.compiled import changed, compiled_set, first_error
from pysysdig.workbench.lint.model import Edit, Finding, Fix
from pysysdig.workbench.lint.run import lint
from pysysdig.workbench.lint.settings import LintSettings
from pysysdig.workbench.source import sources

_ROUNDS = 20  # fixes that touch each other are done one after the other

Contents = list[tuple[str, bytes]]


class Fixed(NamedTuple):
    """Files with their new contents, what was put right, and the rules that this changed."""

    contents: Contents
    findings: list[Finding]
    rules: list[str]


def fix(contents: Sequence[tuple[str, bytes]], settings: LintSettings) -> Fixed:
    """Put right what can be. Raises PysysdigError if a rule would change that none of the findings is about."""
    now = list(contents)
    done: list[Finding] = []
    allowed: set[str] = set()
    for _ in range(_ROUNDS):
        linted = lint(now, settings)
        chosen = _apart(f for f in linted.findings if f.fix is not None and not f.suppressed)
        if not linted.loads or not chosen:
            break
        now = applied(now, [f.fix for f in chosen if f.fix is not None])
        done += chosen
        allowed |= {name for f in chosen if f.fix is not None for name in f.fix.rules}
    return Fixed(now, done, _checked(contents, now, allowed))


def _apart(findings: Iterable[Finding]) -> list[Finding]:
    """Those whose edits do not touch each other, first come first served."""
    taken: dict[str, list[tuple[int, int]]] = {}
    out = []
    for finding in findings:
        assert finding.fix is not None
        edits = finding.fix.edits
        start, end = min(e.start for e in edits), max(e.end for e in edits)
        spans = taken.setdefault(edits[0].file.name, [])
        if all(end < a or b < start for a, b in spans):
            spans.append((start, end))
            out.append(finding)
    return out


def applied(contents: Sequence[tuple[str, bytes]], fixes: Sequence[Fix]) -> Contents:
    """The files with the edits of fixes made. Raises PysysdigError for a file that is not UTF-8."""
    edits: dict[str, list[Edit]] = {}
    for some in fixes:
        for edit in some.edits:
            edits.setdefault(edit.file.name, []).append(edit)
    out = []
    for name, raw in contents:
        if name in edits:
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                raise PysysdigError(f"{name}: not changed, for it is not UTF-8") from None
            for edit in sorted(edits[name], key=lambda e: (e.start, e.end), reverse=True):
                text = text[: edit.start] + edit.text + text[edit.end :]
            raw = text.encode()
        out.append((name, raw))
    return out


def _checked(before: Sequence[tuple[str, bytes]], after: Contents, allowed: set[str]) -> list[str]:
    """The rules that changed; raises PysysdigError if that are others than those allowed, or if the files no longer load."""
    old, new = sources(before).rule_set, sources(after).rule_set
    error = first_error(new) if old.successful else None
    if error is not None:
        raise PysysdigError(f"nothing is fixed, for the files would not load:\n{error.render()}")
    names = changed(compiled_set(old), compiled_set(new))
    others = [name for name in names if name not in allowed]
    if others:
        raise PysysdigError(f"nothing is fixed, for rules would change that no finding is about: {', '.join(others)}")
    return names
