"""The consumer that tries rules: events in, alerts out."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.alerts.make import AlertMaker, alerting, drop_alert
from pysysdig.cli.consumer import Consumer, Start
from pysysdig.cli.rule_loading import rules_to_try
from pysysdig.errors import PysysdigError, UsageError
from pysysdig.events.table import CURRENT, OLD
from pysysdig.events.text import to_display
from pysysdig.output.terminal import escaped, printable
from pysysdig.replay import Limits
from pysysdig.rules.active import ActiveRules
from pysysdig.rules.drops import ALERT, EXIT, LOG, DropMonitor, Loss
from pysysdig.rules.summary import Counts
from pysysdig.sources.files import identities
from pysysdig.sources.opening import expand

if TYPE_CHECKING:
    from pysysdig.alerts.dispatch import Outputs
    from pysysdig.cli.live import LiveSource
    from pysysdig.output.stream import Output
    from pysysdig.rules.config import RuleConfig
    from pysysdig.settings import RuleSettings
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class Alerting(Consumer):
    """Raises the alerts of rules."""

    def __init__(
        self,
        settings: RuleSettings,
        config: RuleConfig,
        captures: Sequence[str],
        limit: int | None,
        *,
        quiet: bool,
        out: Output,
        outputs: Outputs,
    ) -> None:
        """Load the rules; raises PysysdigError. captures: that are read; limit: of alerts, None: none; quiet: they are only
        counted; outputs: where they go; out: where the closing words go."""
        self._config = config
        self._quiet = quiet
        self._grave = settings.fail_on
        self._count = limit
        self._out = out
        self._outputs = outputs
        self.generation = OLD if settings.enter_events else CURRENT
        self._active = self.compiled(settings, config)
        self._spare(captures, config.rule_paths(settings.files))
        self._counts = Counts(self._active.rules)
        self._level = self._active.needs
        self._monitor = DropMonitor(config.syscall_event_drops)
        self._seen = self._last = 0  # events, and the time of the latest one
        self._exits = False  # because of lost events
        self._live: LiveSource | None = None
        self._limit = Limits()

    def _spare(self, captures: Sequence[str], rules: Sequence[str]) -> None:
        """UsageError if alerts would be written into what is read."""
        read = identities([*(name for path in captures for name in expand(path)), *rules])
        for path in self._outputs.paths:
            if identities([path]) & read:
                raise UsageError(f"alerts would be written to {path}, which is read; name another file")

    def compiled(self, settings: RuleSettings, config: RuleConfig) -> ActiveRules[AlertMaker]:
        """The rules as settings and configuration want them; what there is to say about their files is said. Raises
        PysysdigError."""
        return alerting(rules_to_try(settings, config), config, self.generation, with_fields=self._outputs.reads_fields)

    def wants(self) -> frozenset[int] | None:
        return self._active.event_types()

    def needs(self, generation: str) -> int:
        return self._level

    def begin(self, start: Start) -> bool:
        self._live = start.live
        self._limit = start.limits
        return True

    @property
    def failed(self) -> bool:
        """Whether alerts have not gone where they should have, or there were such as --fail-on names."""
        counted = zip(self._counts.rules, self._counts.by_rule)
        grave = self._grave is not None and any(count and rule.priority <= self._grave for rule, count in counted)
        return self._outputs.failed or grave

    def conclude(self) -> None:
        live = self._live
        try:
            if live is not None and not self._exits:
                for loss in self._monitor.finish(self._last, self._seen, live.drops):
                    self._act(loss)
            self._outputs.close()
        finally:
            self._summary(self._counts.render())
            if live is not None or self._config.syscall_event_drops.simulate:
                sys.stderr.write(self._monitor.report())

    def _summary(self, text: str) -> None:
        """The closing words, byte text: with JSON they go to standard error, so that standard output is lines of JSON."""
        if self._config.json_output:
            sys.stderr.write(escaped(to_display(text)))
        else:
            self._out.write(printable(text) if self._out.terminal else text)

    def deliver(self, view: EventView, sel: Ints) -> bool:
        """At each event, as in the reference: first what there is to say about lost events, then its alerts."""
        engine, _ = self._active.compiled(view.generation)
        positions, indexes = engine.match(view, sel)
        end = len(view) if self._limit.end is None else self._limit.end
        if self._count is not None:
            left = self._count - self._counts.total
            if len(positions) >= left:
                positions, indexes = positions[:left], indexes[:left]
                end = int(positions[-1]) + 1 if left else 0
                self._limit.done = True
        for loss in self._losses(view, end):
            before = int(np.searchsorted(positions, loss.at))
            self._alert(view, positions[:before], indexes[:before])
            positions, indexes = positions[before:], indexes[before:]
            self._act(loss)
        self._alert(view, positions, indexes)
        return False

    def _alert(self, view: EventView, positions: Ints, indexes: Ints) -> None:
        """Alerts of the rules `indexes` at the events `positions`."""
        if not len(positions):
            return
        self._counts.add(indexes.tolist())
        if not self._quiet:
            self._outputs.send(self._active.compiled(view.generation)[1].make(view, positions, indexes))

    def _losses(self, view: EventView, end: int) -> Iterator[Loss]:
        """Lost events noticed before position `end`. While nothing happens on a live machine the clock says what time it is."""
        live = self._live
        if live is None and not self._config.syscall_event_drops.simulate:
            return
        times = view.batch.ts[:end]
        seen = self._seen
        self._seen += len(times)
        if live is not None and not len(view):
            times = np.array([time.time_ns()], np.uint64)
            seen -= 1  # this is not an event
        if len(times):
            self._last = int(times[-1])
            yield from self._monitor.look(times, seen, live.drops if live is not None else 0)

    def _act(self, loss: Loss) -> None:
        """What the configuration says is to be done about lost events. Raises PysysdigError if that is to exit."""
        actions = self._config.syscall_event_drops.actions
        if LOG in actions:
            sys.stderr.write(f"{loss.message}\n")
        if ALERT in actions and not self._quiet:
            self._outputs.send([drop_alert(loss)])
        if EXIT in actions:
            self._exits = True
            raise PysysdigError(f"{loss.message} Exiting.")
