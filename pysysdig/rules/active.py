"""Rules at work: their conditions compiled together, and beside them what makes something of matches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np

from pysysdig.rules.engine import Engine

if TYPE_CHECKING:
    from pysysdig.render.options import RenderOptions
    from pysysdig.rules.model import Rule


class Maker(Protocol):
    """What makes something of matches; `needs`: the level of state (state.levels) that it takes."""

    needs: int

    def restart(self) -> None:
        """The next events are those of another run."""


M = TypeVar("M", bound=Maker)


class ActiveRules(Generic[M]):
    """Some rules, compiled for the generations of the captures that they are tried on.

    rules   in the order of trial
    needs   level of state (state.levels) that they and what is made of their matches need
    """

    def __init__(
        self, rules: Sequence[Rule], generation: str, matching: str, options: RenderOptions, maker: Callable[[str], M]
    ) -> None:
        """generation: the one compiled for at once; matching, options: see Engine; maker: makes a Maker for a generation. Raises
        PysysdigError."""
        self.rules = tuple(rules)
        self._generation = generation
        self._matching = matching
        self._options = options
        self._maker = maker
        self._ready: dict[str, tuple[Engine, M]] = {}
        engine, made = self.compiled(generation)
        self.needs = max(engine.needs, made.needs)

    def compiled(self, generation: str) -> tuple[Engine, M]:
        """For a generation; with --enter-events a recording of exit events only needs another one."""
        ready = self._ready.get(generation)
        if ready is None:
            engine = Engine(self.rules, generation, self._matching, self._options)
            ready = self._ready[generation] = engine, self._maker(generation)
        return ready

    def restart(self) -> None:
        """The next events are those of another run (rules.engine.Engine.restart)."""
        for engine, made in self._ready.values():
            engine.restart()
            made.restart()

    def event_types(self) -> frozenset[int]:
        """The types of events that one of them looks at."""
        return frozenset(np.flatnonzero(self.compiled(self._generation)[0].event_types).tolist())
