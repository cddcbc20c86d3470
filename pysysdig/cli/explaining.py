"""The consumer that tells why rules fired or did not."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.alerts.make import render_options
from pysysdig.cli.consumer import Consumer
from pysysdig.cli.rule_loading import rule_set, switches
from pysysdig.errors import UsageError
from pysysdig.events.table import CURRENT, OLD
from pysysdig.events.text import from_user
from pysysdig.output.terminal import escaped
from pysysdig.rules.engine import active_rules
from pysysdig.rules.engine_types import unseen
from pysysdig.workbench.explain import Explainer
from pysysdig.workbench.findings import as_json
from pysysdig.workbench.loaded import missing
from pysysdig.workbench.survey import Survey
from pysysdig.workbench.survey_text import lines, one_line

if TYPE_CHECKING:
    from pysysdig.output.stream import Output
    from pysysdig.rules.config import RuleConfig
    from pysysdig.rules.probe import Reading
    from pysysdig.settings import RuleSettings
    from pysysdig.state.view import EventView
    from pysysdig.workbench.explanation import Explanation

Ints = npt.NDArray[np.int64]
_ONE_MISS = 1


class Question(NamedTuple):
    """What is asked.

    rules     names of rules that are explained
    silent    one line is said of every rule that raised no alert
    number    of the event that is asked about; time: how the time of events asked about begins; each: all events that pass
    near      how many misses are told, and how many events at most
    full      whole trees
    """

    rules: tuple[str, ...] = ()
    silent: bool = False
    number: int | None = None
    time: str = ""
    each: bool = False
    near: int = 3
    full: bool = False

    @property
    def single(self) -> bool:
        """Whether it is about single events."""
        return self.number is not None or bool(self.time) or self.each


class Explaining(Consumer):
    """Looks at rules while events go by, and answers in the end."""

    def __init__(self, settings: RuleSettings, config: RuleConfig, question: Question, out: Output) -> None:
        """Load the rules; raises PysysdigError, UsageError for a rule that the files do not have."""
        self._question = question
        self._config = config
        self._out = out
        self._loaded = rule_set(config.rule_paths(settings.files), config)
        switched = switches(settings, config)
        self._rules = active_rules(self._loaded.rules, config.priority, switched)
        active = {rule.name for rule in self._rules}
        self._unloaded = {
            name: missing(name, self._loaded, config.priority, switched) for name in question.rules if name not in active
        }
        generation = OLD if settings.enter_events else CURRENT
        self._explainer = Explainer(self._loaded, self._rules, generation, config.rule_matching, render_options(config))
        self._asked = [number for name in question.rules if (number := self._explainer.number(name)) >= 0]
        watched = [] if question.single else self._asked
        self._surveys = {number: Survey(self._explainer, number, question.near) for number in watched}
        self._silent: dict[int, Survey] = {}
        if question.silent:
            numbers = range(len(self._rules))
            self._silent = {number: Survey(self._explainer, number, _ONE_MISS, examples=False) for number in numbers}
        self._unseen = None if settings.enter_events else unseen()  # starts of calls, which only complete their ends
        self._found: list[Explanation] = []
        self._nearest: list[int] = []  # numbers of events beside the one that is asked for

    def needs(self, generation: str) -> int:
        return self._explainer.needs

    def deliver(self, view: EventView, sel: Ints) -> bool:
        looked = self._explainer.look(view, sel)
        question = self._question
        if self._unseen is not None and question.number is None and len(sel):
            sel = sel[~self._unseen[view.batch.type_of(sel)]]
        if question.single:
            return self._single(looked, view, sel)
        readings: dict[bytes, Reading] = {}
        for survey in (*self._silent.values(), *self._surveys.values()):
            key, some = survey.choose(view, sel)
            if key not in readings:
                readings[key] = self._explainer.probe.read(view, some)
            survey.add(looked, sel, readings[key])
        return False

    def _single(self, looked: Any, view: EventView, sel: Ints) -> bool:
        """Explain the events that are asked about; whether that was all."""
        question = self._question
        chosen = sel
        if question.number is not None:
            numbers = view.batch.num_of(sel)
            chosen = sel[numbers == question.number]
            at = int(np.searchsorted(numbers, question.number))
            self._nearest = (self._nearest[-1:] if not len(chosen) else []) + numbers[max(at - 1, 0) : at + 1].tolist()
        elif question.time:
            texts = self._explainer.times(view, sel)
            chosen = sel[[text.startswith(question.time) for text in texts]] if len(sel) else sel
        for position in chosen.tolist():
            if len(self._found) >= question.near * max(len(self._asked), 1):
                return True
            self._found += [looked.explain(number, position) for number in self._asked]
        return question.number is not None and bool(len(chosen))

    def conclude(self) -> None:
        if self._config.json_output:
            self._answer_json()
        else:
            self._answer()
        for survey in self._silent.values():
            findings = survey.findings()
            if not findings.alerts:
                sys.stderr.write(escaped(f"{findings.rule}: {one_line(findings)}\n"))

    def _answer(self) -> None:
        out: list[str] = [f"{name}  not loaded: {why}" for name, why in self._unloaded.items()]
        for survey in self._surveys.values():
            out += lines(survey.findings(), full=self._question.full)
        for found in self._found:
            place = f"  {found.place}" if found.place is not None else ""
            out += [f"{found.rule}{place}", *(f"  {line}" for line in found.as_text(full=self._question.full))]
        if out:
            self._out.write(from_user(escaped("\n".join(out)) + "\n"))

    def _answer_json(self) -> None:
        documents: list[dict[str, Any]] = [
            {"rule": name, "status": "unloaded", "why": why} for name, why in self._unloaded.items()
        ]
        documents += [as_json(survey.findings()) for survey in self._surveys.values()]
        documents += [found.as_json() for found in self._found]
        for document in documents:
            self._out.write(from_user(json.dumps(document) + "\n"))

    @property
    def unanswered(self) -> str:
        """Why there is no answer about the events asked for, "" if there is one."""
        question = self._question
        if not question.single or self._found or not self._asked:
            return ""
        if question.number is not None:
            beside = f"; the nearest are {' and '.join(map(str, self._nearest[-2:]))}" if self._nearest else ""
            return f"rules see no event {question.number}{beside} (of system calls they see the ends)"
        return f"no event is at {question.time}" if question.time else "no event passes the filter"


def question_of(values: dict[str, Any]) -> Question:
    """From the options of `rules explain`. Raises UsageError."""
    if not values.get("rules"):
        raise UsageError("rules explain: which rule? --rule NAME")
    return Question(**values)
