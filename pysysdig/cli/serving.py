"""The consumer of the service: rules that can be swapped between two batches, while state and counters stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.alerts.active import ActiveRules
from pysysdig.cli.rule_loading import known_rules, switches
from pysysdig.cli.rules import Alerting
from pysysdig.events.table import CURRENT
from pysysdig.rules.drops import DropMonitor
from pysysdig.rules.engine import active_rules
from pysysdig.state.levels import COUNTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pysysdig.cli.consumer import Start
    from pysysdig.output.stream import Output
    from pysysdig.rules.config import RuleConfig
    from pysysdig.service.config import ServiceConfig
    from pysysdig.service.daemon import Service
    from pysysdig.service.loaded import Loaded
    from pysysdig.settings import RuleSettings
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class Serving(Alerting):
    """Raises the alerts of a service's rules, and looks after the service between batches."""

    pulse = 0.5

    def __init__(self, settings: RuleSettings, service: Service, captures: Sequence[str], out: Output) -> None:
        self._service = service
        super().__init__(settings, service.state.config.rules, captures, None, quiet=False, out=out, outputs=service)

    def compiled(self, settings: RuleSettings, config: RuleConfig) -> ActiveRules:
        return self._service.state.rules

    def begin(self, start: Start) -> bool:
        self._service.opened(start.live, start.name)
        return super().begin(start)

    def needs(self, generation: str) -> int:
        """All there is: rules that come later may need more than those of the start."""
        return COUNTERS if self._service.watches else self._level

    def deliver(self, view: EventView, sel: Ints) -> bool:
        swapped = self._service.look()
        if swapped is not None:
            self._swap(swapped)
        return super().deliver(view, sel)

    def _swap(self, loaded: Loaded) -> None:
        self._active = loaded.rules
        self._config = loaded.config.rules
        self._counts = self._counts.following(loaded.rules.rules)
        self._monitor = DropMonitor(self._config.syscall_event_drops)
        if self._live is not None:
            self._live.want(loaded.rules.event_types())


def compiled(settings: RuleSettings, config: ServiceConfig) -> tuple[ActiveRules, list[str]]:
    """The rules of a configuration, and what there is to say about their files. Raises PysysdigError."""
    known = known_rules(settings, config.rules)
    rules = active_rules(known.rules, config.rules.priority, switches(settings, config.rules))
    return ActiveRules(rules, config.rules, CURRENT, with_fields=True), list(known.remarks)
