"""What became of a test: alerts against expectations."""

from __future__ import annotations

import time
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from pysysdig.errors import PysysdigError, did_you_mean
from pysysdig.output.terminal import escaped_line
from pysysdig.workbench.examine import Answer, Question, examine, holds, reasons_asked
from pysysdig.workbench.expectations import silent
from pysysdig.workbench.explanation import SHADOWED
from pysysdig.workbench.model import ANY, NONE, Case, Raised, Reason, Want
from pysysdig.workbench.play import Observer, play
from pysysdig.workbench.reading import TestFileError

PASSED, FAILED, ERROR, SKIPPED = "passed", "failed", "error", "skipped"
_MOST_EXPLAINED = 3  # problems of a test


class Problem(NamedTuple):
    """kind: missing, shadowed (missing, for another rule took the event), unexpected, count, field, order, because or xfail;
    line: of the expectation in the file; text: what is wrong, in lines; about: what is worth asking about it; why: the answer, in
    lines, and as JSON."""

    kind: str
    line: int
    text: str
    about: tuple[Question, ...] = ()
    why: tuple[str, ...] = ()
    explanation: dict[str, Any] | None = None


class Outcome(NamedTuple):
    """status: PASSED, FAILED, ERROR (it could not be run) or SKIPPED; reason: of an error, or of what is skipped or expected to
    fail; events: how many there were; seconds: it took."""

    case: Case
    status: str
    problems: tuple[Problem, ...] = ()
    reason: str = ""
    events: int = 0
    seconds: float = 0.0


def run(case: Case, observer: Observer | None = None) -> Outcome:
    """Run a test; observer: is told of its events, too (coverage)."""
    if case.skip:
        return Outcome(case, SKIPPED, reason=case.skip)
    begun = time.perf_counter()
    try:
        played = play(case, observer)
        problems = compare(case, played.raised, [rule.name for rule in played.rules])
        asked = reasons_asked(case, played.rules)
        if (problems and not case.xfail) or asked:
            problems = _explained(case, problems, asked)
    except PysysdigError as error:
        return Outcome(case, ERROR, reason=error.render(), seconds=time.perf_counter() - begun)
    seconds = time.perf_counter() - begun
    events = played.events
    if case.xfail:
        if problems:
            return Outcome(case, SKIPPED, tuple(problems), f"fails as expected: {case.xfail}", events, seconds)
        passes = Problem("xfail", case.line, f"passes, although it is said to fail: {case.xfail}")
        return Outcome(case, FAILED, (passes,), "", events, seconds)
    return Outcome(case, FAILED if problems else PASSED, tuple(problems), "", events, seconds)


def _explained(case: Case, problems: list[Problem], asked: dict[Reason, list[Question]]) -> list[Problem]:
    """The problems with what explains the first of them, and those with the reasons that the test gives."""
    wanted = [question for problem in problems[:_MOST_EXPLAINED] for question in problem.about]
    answers = examine(case, [*wanted, *(question for some in asked.values() for question in some)])
    out = []
    for problem in problems:
        found = [answers[question] for question in problem.about if question in answers]
        out.append(_with(problem, found) if found else problem)
    for reason, questions in asked.items():
        found = [answers[question] for question in questions if question in answers]
        if not holds(reason, found):
            row = f"[{reason.row}]" if reason.row >= 0 else ""
            told = found[0].explanation.summary() if found and found[0].explanation is not None else "there is no such event"
            text = f"expected to be silent at {reason.at} because of exception {reason.exception}{row}: {told}"
            out.append(_with(Problem("because", reason.line, text), found))
    return out


def _with(problem: Problem, found: Sequence[Answer]) -> Problem:
    """A problem with its explanation: of several events the one that came closest."""
    if not found:
        return problem
    best = min(found, key=lambda answer: answer.explanation.distance if answer.explanation is not None else 1 << 30)
    document = best.explanation.as_json() if best.explanation is not None else None
    shadowed = problem.kind == "missing" and best.explanation is not None and best.explanation.status == SHADOWED
    kind = "shadowed" if shadowed else problem.kind
    return problem._replace(kind=kind, why=tuple(best.text()), explanation=document)


def compare(case: Case, raised: Sequence[Raised], names: Sequence[str]) -> list[Problem]:
    """What differs from what is expected. Raises TestFileError for rules that are not tried."""
    wants = [*case.wants]
    for want in wants:
        if want.rule not in names:
            hint = did_you_mean(want.rule, names, 1) or "is it disabled, or below the priority?"
            raise TestFileError(f"{case.place.name}:{want.line}: no rule '{want.rule}' is tried here; {hint}")
    problems: list[Problem] = []
    mentioned: set[int] = set()
    last = -1
    for want in wants:
        about = [i for i, alert in enumerate(raised) if alert.rule == want.rule and (not want.at or _at(want, alert))]
        good = [i for i in about if _fits(want, raised[i])]
        mentioned.update(good)
        if len(good) < want.least or (want.most is not None and len(good) > want.most):
            mentioned.update(about)
            problems.append(_counted(want, [raised[i] for i in about], len(good)))
        elif want.strict and good and good[0] < last:
            text = f"{want.rule} at event {raised[good[0]].event} comes before the alerts that are expected before it"
            problems.append(Problem("order", want.line, text))
        last = max([last, *good])
    problems += _unexpected(case, [alert for i, alert in enumerate(raised) if i not in mentioned])
    return problems


def _at(want: Want, alert: Raised) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in want.at for name in (alert.id, alert.what) if name)


def _fits(want: Want, alert: Raised) -> bool:
    return all(match.fits(alert.fields[name]) for name, match in want.fields.items()) and (
        want.output is None or want.output.fits(alert.text)
    )


def _counted(want: Want, about: Sequence[Raised], good: int) -> Problem:
    where = f" at {', '.join(want.at)}" if want.at else ""
    head = f"expected {want.number()} of {want.rule}{where}, got {good}"
    wrong = next((alert for alert in about if not _fits(want, alert)), None)
    if wrong is None:
        named = [Question(want.rule, id=name) for name in want.at if not set("*?[") & set(name)]
        asked = () if good >= want.least else tuple(named) or (Question(want.rule),)
        return Problem("missing" if not good else "count", want.line, head, asked)
    lines = [f"{head}; at event {wrong.event}:"]
    for name, match in want.fields.items():
        if not match.fits(wrong.fields[name]):
            lines += [f"- {name} = {match.how}", f"+ {name} = {escaped_line(wrong.fields[name])}"]
    if want.output is not None and not want.output.fits(wrong.text):
        lines += [f"- output {want.output.how}", f"+ output {escaped_line(wrong.text)}"]
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
            text = f"unexpected alert of {alert.rule}{where}: {escaped_line(alert.text)}"
            asked = (Question(alert.rule, number=alert.event),)
            out.append(Problem("unexpected", strict.get(alert.id, case.line), text, asked))
    return out
