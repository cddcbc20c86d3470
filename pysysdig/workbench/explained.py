"""Why an alert was raised: its rule, explained at the event of a trace that raised it."""

from __future__ import annotations

from collections.abc import Sequence

from pysysdig.alerts.make import render_options
from pysysdig.events.table import CURRENT
from pysysdig.replay import replay
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.model import Rule, RuleSet
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any
from pysysdig.workbench.explain import Explainer
from pysysdig.workbench.explanation import Explanation


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
