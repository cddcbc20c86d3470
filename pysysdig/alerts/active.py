"""Rules at work: their conditions compiled together, and what makes their alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pysysdig.alerts.make import AlertMaker, render_options
from pysysdig.rules.engine import Engine

if TYPE_CHECKING:
    from pysysdig.rules.config import RuleConfig
    from pysysdig.rules.model import Rule


class ActiveRules:
    """Some rules, compiled for the generations of the captures that they are tried on.

    rules   in the order of trial
    needs   level of state (state.levels) that they and their outputs need
    """

    def __init__(self, rules: Sequence[Rule], config: RuleConfig, generation: str, *, with_fields: bool) -> None:
        """generation: the one compiled for at once; with_fields: see AlertMaker. Raises PysysdigError."""
        self.rules = tuple(rules)
        self._config = config
        self._generation = generation
        self._with_fields = with_fields
        self._ready: dict[str, tuple[Engine, AlertMaker]] = {}
        engine, maker = self.compiled(generation)
        self.needs = max(engine.needs, maker.needs)

    def compiled(self, generation: str) -> tuple[Engine, AlertMaker]:
        """For a generation; with --enter-events a recording of exit events only needs another one."""
        ready = self._ready.get(generation)
        if ready is None:
            engine = Engine(self.rules, generation, self._config.rule_matching, render_options(self._config))
            maker = AlertMaker(self.rules, self._config, generation, with_fields=self._with_fields)
            ready = self._ready[generation] = engine, maker
        return ready

    def event_types(self) -> frozenset[int]:
        """The types of events that one of them looks at."""
        return frozenset(np.flatnonzero(self.compiled(self._generation)[0].event_types).tolist())
