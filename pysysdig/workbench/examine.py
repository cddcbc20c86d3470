"""Looking once more at a test: why its rules fired or did not at single events, and whether that is what it says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.rules.model import Rule
from pysysdig.workbench.explain import Explainer, Looked
from pysysdig.workbench.explanation import EXCEPTED, Explanation
from pysysdig.workbench.findings import Findings
from pysysdig.workbench.model import Case, Reason
from pysysdig.workbench.play import Ids, play
from pysysdig.workbench.reading import TestFileError
from pysysdig.workbench.survey import Survey
from pysysdig.workbench.survey_text import lines

Ints = npt.NDArray[np.int64]


class Question(NamedTuple):
    """About a rule: at the event of a number (or, -1, at those with an id), or without both over all events."""

    rule: str
    number: int = -1
    id: str = ""


class Answer(NamedTuple):
    """explanation: of the event that came closest, if it was about events; findings: otherwise."""

    explanation: Explanation | None
    findings: Findings | None

    def text(self) -> list[str]:
        """For people."""
        if self.explanation is not None:
            return self.explanation.as_text()
        return lines(self.findings) if self.findings is not None else []


def examine(case: Case, questions: Iterable[Question]) -> dict[Question, Answer]:
    """Play a test once more and answer. Raises PysysdigError."""
    asked = list(dict.fromkeys(questions))
    best: dict[Question, Explanation] = {}
    surveys: dict[Question, Survey] = {}

    def observe(explainer: Explainer, looked: Looked, sel: Ints, known: Ids) -> None:
        numbers = looked.view.batch.num_of(sel).tolist()
        times = looked.view.batch.ts_of(sel).tolist()
        for question in asked:
            rule = explainer.number(question.rule)
            if rule < 0:
                continue
            if question.number < 0 and not question.id:
                surveys.setdefault(question, Survey(explainer, rule, 1)).watch(looked, sel)
                continue
            for position, number, time in zip(sel.tolist(), numbers, times):
                if number == question.number or (question.id and known.ids.get(time) == question.id):
                    found = looked.explain(rule, position)
                    if question not in best or (found.distance, not found.alerted) < (best[question].distance, False):
                        best[question] = found

    play(case, observe)
    out = {question: Answer(found, None) for question, found in best.items()}
    out.update((question, Answer(None, survey.findings())) for question, survey in surveys.items())
    return out


def reasons_asked(case: Case, rules: Sequence[Rule]) -> dict[Reason, list[Question]]:
    """What there is to ask about the reasons that a test gives: the rules that have the exception. Raises TestFileError."""
    out: dict[Reason, list[Question]] = {}
    for reason in case.reasons:
        having = [r.name for r in rules if any(e.name == reason.exception for e in r.exceptions)]
        if reason.rule:
            having = [name for name in having if name == reason.rule]
        if not having:
            names = sorted({e.name for r in rules for e in r.exceptions})
            told = f"; there are {', '.join(names[:10])}" if names else ""
            raise TestFileError(
                f"{case.place.name}:{reason.line}: no rule {f'{reason.rule} ' if reason.rule else ''}with an exception "
                f"'{reason.exception}' is tried here{told}"
            )
        out[reason] = [Question(name, id=reason.at) for name in having]
    return out


def holds(reason: Reason, answers: Iterable[Answer]) -> bool:
    """Whether the exception is what keeps one of the rules silent."""
    for answer in answers:
        found = answer.explanation
        if found is not None and found.status == EXCEPTED:
            if any(e.name == reason.exception and reason.row in (-1, e.row) for e in found.excepted):
                return True
    return False
