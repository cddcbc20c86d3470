"""The alerts that rules raise on a trace, without an output or a configuration that hides their fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pysysdig.alerts.make import AlertMaker, render_options
from pysysdig.alerts.model import Alert
from pysysdig.events.table import CURRENT
from pysysdig.replay import replay
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.engine import Engine
from pysysdig.rules.model import Rule
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any


def raised(trace: str, rules: Sequence[Rule], config: RuleConfig) -> Iterator[Alert]:
    """The alerts of rules (in the order of trial) on a trace, in its order. Raises PysysdigError."""
    engine = Engine(rules, CURRENT, config.rule_matching, render_options(config))
    maker = AlertMaker(rules, config, CURRENT, with_fields=True)
    with open_any(trace) as capture:
        for view, _ in replay(converted(capture.sections()), level=max(engine.needs, maker.needs)):
            yield from maker.make(view, *engine.match(view))
