"""What became of a test: alerts against expectations."""

from __future__ import annotations

import time
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

from pysysdig.errors import PysysdigError
from pysysdig.workbench.expectations import silent
from pysysdig.workbench.model import ANY, NONE, Case, Raised, Want
from pysysdig.workbench.play import play
from pysysdig.workbench.reading import TestFileError

PASSED, FAILED, ERROR, SKIPPED = "passed", "failed", "error", "skipped"


class Problem(NamedTuple):
    """kind: missing, unexpected, count, field or xfail; line: of the expectation in the file; text: what is wrong, in lines."""

    kind: str
    line: int
    text: str


class Outcome(NamedTuple):
    """status: PASSED, FAILED, ERROR (it could not be run) or SKIPPED; reason: of an error, or of what is skipped or expected to
    fail; events: how many there were; seconds: it took."""

    case: Case
    status: str
    problems: tuple[Problem, ...] = ()
    reason: str = ""
    events: int = 0
    seconds: float = 0.0


def run(case: Case) -> Outcome:
    """Run a test."""
    if case.skip:
        return Outcome(case, SKIPPED, reason=case.skip)
    begun = time.perf_counter()
    try:
        raised, rules, events = play(case)
        problems = tuple(compare(case, raised, [rule.name for rule in rules]))
    except PysysdigError as error:
        return Outcome(case, ERROR, reason=error.render(), seconds=time.perf_counter() - begun)
    seconds = time.perf_counter() - begun
    if case.xfail:
        if problems:
            return Outcome(case, SKIPPED, problems, f"fails as expected: {case.xfail}", events, seconds)
        passes = Problem("xfail", case.line, f"passes, although it is said to fail: {case.xfail}")
        return Outcome(case, FAILED, (passes,), "", events, seconds)
    return Outcome(case, FAILED if problems else PASSED, problems, "", events, seconds)


def compare(case: Case, raised: Sequence[Raised], names: Sequence[str]) -> list[Problem]:
    """What differs from what is expected. Raises TestFileError for rules that are not tried."""
    wants = [*case.wants]
    for want in wants:
        if want.rule not in names:
            near = get_close_matches(want.rule, names, 1)
            hint = f"; did you mean {near[0]}?" if near else "; is it disabled, or below the priority?"
            raise TestFileError(f"{case.place.name}:{want.line}: no rule '{want.rule}' is tried here{hint}")
    problems: list[Problem] = []
    mentioned: set[int] = set()
    for want in wants:
        about = [i for i, alert in enumerate(raised) if alert.rule == want.rule and (not want.at or alert.id in want.at)]
        good = [i for i in about if _fits(want, raised[i])]
        mentioned.update(good)
        if len(good) < want.least or (want.most is not None and len(good) > want.most):
            mentioned.update(about)
            problems.append(_counted(want, [raised[i] for i in about], len(good)))
    problems += _unexpected(case, [alert for i, alert in enumerate(raised) if i not in mentioned])
    return problems


def _fits(want: Want, alert: Raised) -> bool:
    return all(match.fits(alert.fields[name]) for name, match in want.fields.items()) and (
        want.output is None or want.output.fits(alert.text)
    )


def _counted(want: Want, about: Sequence[Raised], good: int) -> Problem:
    where = f" at {', '.join(want.at)}" if want.at else ""
    head = f"expected {want.number()} of {want.rule}{where}, got {good}"
    wrong = next((alert for alert in about if not _fits(want, alert)), None)
    if wrong is None:
        return Problem("missing" if not good else "count", want.line, head)
    lines = [f"{head}; at event {wrong.event}:"]
    for name, match in want.fields.items():
        if not match.fits(wrong.fields[name]):
            lines += [f"- {name} = {match.how}", f"+ {name} = {wrong.fields[name]}"]
    if want.output is not None and not want.output.fits(wrong.text):
        lines += [f"- output {want.output.how}", f"+ output {wrong.text}"]
    return Problem("field" if len(lines) > 1 else "count", want.line, "\n".join(lines))


def _unexpected(case: Case, rest: Sequence[Raised]) -> list[Problem]:
    """Alerts that nothing mentions: allowed as `others` says, but not at events of which all alerts are listed."""
    strict = dict(silent(case.place, case.node.entries["expect"]))
    out = []
    for alert in rest:
        listed = alert.id in strict
        allowed = case.others == ANY or (case.others != NONE and alert.rule in case.others)
        if listed or not allowed:
            where = f" at {alert.id} (event {alert.event})" if alert.id else f" at event {alert.event}"
            out.append(
                Problem("unexpected", strict.get(alert.id, case.line), f"unexpected alert of {alert.rule}{where}: {alert.text}")
            )
    return out
