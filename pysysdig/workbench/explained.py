"""Why a rule raised an alert, or did not: it is explained at one event of a trace, or what came of it on all of them is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from pysysdig.alerts.make import render_options
from pysysdig.errors import CaptureError
from pysysdig.events.table import CURRENT
from pysysdig.replay import replay
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.engine_types import unseen
from pysysdig.rules.model import Rule, RuleSet
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any
from pysysdig.workbench.explain import Explainer
from pysysdig.workbench.explanation import Explanation
from pysysdig.workbench.findings import Findings
from pysysdig.workbench.survey import Survey


def explained(
    trace: str, loaded: RuleSet, rules: Sequence[Rule], config: RuleConfig, name: str, time: int
) -> Explanation | None:  # fmt: skip
    """Why the rule `name` raised an alert at `time` (ns since the epoch) on a trace; None: it did not. rules: in the order of
    trial. Raises PysysdigError."""
    explainer = Explainer(loaded, rules, CURRENT, config.rule_matching, render_options(config))
    number = explainer.number(name)
    if number < 0:
        return None
    with open_any(trace) as capture:
        for view, _ in replay(converted(capture.sections()), level=explainer.needs):
            looked = explainer.look(view)
            for position in looked.positions[looked.indexes == number].tolist():
                if int(view.batch.ts[position]) == time:
                    return looked.explain(number, position)
    return None


def explained_at(
    trace: str, loaded: RuleSet, rules: Sequence[Rule], config: RuleConfig, name: str, event: int
) -> Explanation | None:  # fmt: skip
    """What the rule `name` says of an event of a trace, by its number there; of the end of the call where that is the start of
    one, as rules see ends. None: there is no such event, or no such rule. Raises PysysdigError."""
    explainer, number = _explainer(loaded, rules, config, name)
    at = _moment(trace, event)
    if number < 0 or at is None:
        return None
    time, thread = at
    starts = unseen()
    with open_any(trace) as capture:
        for view, sel in replay(converted(capture.sections()), level=explainer.needs):
            looked = explainer.look(view)
            batch = view.batch
            fits = (batch.ts[sel] >= np.uint64(time)) & (batch.tid[sel] == thread)
            fits[fits] = ~starts[batch.type_of(sel[fits])]
            if fits.any():
                return looked.explain(number, int(sel[np.argmax(fits)]))
    return None


def surveyed(
    traces: Iterable[str],
    loaded: RuleSet,
    rules: Sequence[Rule],
    config: RuleConfig,
    name: str,
    *,
    unwanted: Callable[[], bool] = lambda: False,
    growing: bool = False,
) -> Findings | None:
    """What came of the rule `name` on traces, and which events came closest to it. unwanted: whether that is not asked for any
    more; growing: the traces are being written, and their ends may be missing. None: there is no such rule, or it is not asked
    for. Raises PysysdigError."""
    explainer, number = _explainer(loaded, rules, config, name)
    if number < 0:
        return None
    survey = Survey(explainer, number)
    starts = unseen()
    for trace in traces:
        try:
            with open_any(trace) as capture:
                for view, sel in replay(converted(capture.sections()), level=explainer.needs):
                    if unwanted():
                        return None
                    looked = explainer.look(view)
                    survey.watch(looked, sel[~starts[view.batch.type_of(sel)]] if len(sel) else sel)
        except CaptureError:
            if not growing:
                raise
    return survey.findings()


def _explainer(loaded: RuleSet, rules: Sequence[Rule], config: RuleConfig, name: str) -> tuple[Explainer, int]:
    """For rules in the order of trial, and this one, which may be off; its number, -1: there is none of this name."""
    off = [rule for rule in loaded.rules if rule.name == name and all(other.name != name for other in rules)]
    explainer = Explainer(loaded, [*rules, *off], CURRENT, config.rule_matching, render_options(config))
    return explainer, explainer.number(name)


def _moment(trace: str, event: int) -> tuple[int, int] | None:
    """When an event happened (ns since the epoch), and in which thread."""
    with open_any(trace) as capture:
        for view, sel in replay(capture.sections(), f"evt.num={event}"):
            for position in sel.tolist():
                return int(view.batch.ts[position]), int(view.batch.tid[position])
    return None
