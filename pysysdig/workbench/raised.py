"""The alerts that rules raise on a trace, without an output or a configuration that hides their fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from pysysdig.alerts.make import alerting
from pysysdig.alerts.model import Alert
from pysysdig.events.table import CURRENT
from pysysdig.replay import replay
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.model import Rule
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any


def raised(trace: str, rules: Sequence[Rule], config: RuleConfig) -> Iterator[Alert]:
    """The alerts of rules (in the order of trial) on a trace, in its order. Raises PysysdigError."""
    return chain.from_iterable(in_steps(trace, rules, config))


def in_steps(trace: str, rules: Sequence[Rule], config: RuleConfig) -> Iterator[list[Alert]]:
    """The same, batch by batch of the trace: most have no alerts."""
    active = alerting(rules, config, CURRENT, with_fields=True)
    engine, maker = active.compiled(CURRENT)
    with open_any(trace) as capture:
        for view, _ in replay(converted(capture.sections()), level=active.needs):
            yield maker.make(view, *engine.match(view))
