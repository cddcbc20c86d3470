"""Why a rule raised alerts for events, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pysysdig.alerts.make import render_options
from pysysdig.api.alerts import loaded_rules
from pysysdig.errors import UsageError
from pysysdig.events.table import CURRENT
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.engine import active_rules
from pysysdig.rules.engine_types import unseen
from pysysdig.workbench.explain import Explainer
from pysysdig.workbench.findings import Findings, as_json
from pysysdig.workbench.loaded import missing
from pysysdig.workbench.survey import Survey
from pysysdig.workbench.survey_text import lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pysysdig.export.feed import Feed


class Explained:
    """What became of one rule: as text (`print`), `as_json()`, and in a notebook. `findings` are the counts and the events that
    came closest (pysysdig.workbench.survey)."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings

    def __str__(self) -> str:
        return "\n".join(lines(self.findings))

    def __repr__(self) -> str:
        return f"<{self.findings.rule}: {self.findings.status}>"

    def as_json(self) -> dict[str, Any]:
        """As docs/workbench.md describes it."""
        return as_json(self.findings)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def explained(feed: Feed, rule: str, files: Sequence[str], near: int) -> Explained:
    """What became of a rule of these files; near: how many kinds of events that nearly fit are told. Raises UsageError for a
    rule that there is not, PysysdigError if they do not load, CaptureError."""
    if not files:
        raise UsageError(f"explain: name the files that have the rule '{rule}'")
    loaded = loaded_rules(files)
    config = RuleConfig()
    rules = active_rules(loaded.rules, config.priority)
    explainer = Explainer(loaded, rules, CURRENT, config.rule_matching, render_options(config))
    number = explainer.number(rule)
    if number < 0:
        raise UsageError(f"the rule '{rule}' is not tried: {missing(rule, loaded, config.priority, ())}")
    survey = Survey(explainer, number, near)
    hidden = unseen()
    for view, sel in feed._replace(calls=True, hidden=True).views(explainer.needs):
        looked = explainer.look(view, sel)
        survey.watch(looked, sel[~hidden[view.batch.type_of(sel)]])
    return Explained(survey.findings())
