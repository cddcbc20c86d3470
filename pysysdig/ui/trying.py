"""Rules tried on the running machine: batch by batch, on events as rules see them, with a state of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.alerts.make import alerting, drop_alert
from pysysdig.events.table import CURRENT
from pysysdig.rules.drops import ALERT, DropMonitor
from pysysdig.sources.convert import Converter
from pysysdig.state.inspector import Inspector

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert
    from pysysdig.events.batch import EventBatch
    from pysysdig.rules.config import RuleConfig
    from pysysdig.rules.model import Rule
    from pysysdig.sources.section import Section


class Trying:
    """Gives the alerts of the batches of a section, which are given to it in order."""

    def __init__(self, section: Section, rules: Sequence[Rule], every: Sequence[Rule], config: RuleConfig) -> None:
        """rules: in the order of trial; every: all that may be tried later. Raises PysysdigError."""
        self._config = config
        level = alerting(every, config, CURRENT, with_fields=True).needs
        self._converter = Converter() if section.generation != CURRENT else None
        self._inspector = Inspector(section.snapshot, CURRENT, level)
        self._monitor = DropMonitor(config.syscall_event_drops)
        self._seen = 0
        self.retry(rules)

    def retry(self, rules: Sequence[Rule]) -> None:
        """From now on these. Raises PysysdigError; then it is the ones before."""
        self._engine, self._maker = alerting(rules, self._config, CURRENT, with_fields=True).compiled(CURRENT)

    def alerts(self, batch: EventBatch, lost: int) -> list[Alert]:
        """Of the next batch, which stays as it is. lost: events in all, so far."""
        seen = self._converter.convert(batch) if self._converter is not None else batch
        view = self._inspector.process(seen)
        found = self._maker.make(view, *self._engine.match(view))
        if len(batch):
            losses = list(self._monitor.look(batch.ts, self._seen, lost))
            if ALERT in self._config.syscall_event_drops.actions:
                found += map(drop_alert, losses)
        self._seen += len(batch)
        return found
