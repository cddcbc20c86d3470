"""Two captures, or two parts of one, beside each other: the comparison of reports for a screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.filter import compile_filter
from pysysdig.replay import replay
from pysysdig.report.collect import Collector
from pysysdig.report.comparison import differences
from pysysdig.sources.opening import open_any
from pysysdig.ui.messages import Answer, Compare, Compared
from pysysdig.ui.work import Work
from pysysdig.views.feed import LEVEL

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class Comparing(Work):
    """Sums both up: parts of one capture in one pass, another capture after it."""

    def __init__(self, asked: Compare, generation: str, unwanted: Callable[[], bool]) -> None:
        """unwanted: whether something else has been asked."""
        self._asked = asked
        self._unwanted = unwanted
        filters = [asked.filter] if asked.path else [asked.filter, asked.other]
        self._parts = [_Part(text, generation) for text in filters]
        self.level = max(part.level for part in self._parts)

    def add(self, view: EventView, sel: Ints) -> None:
        for part in self._parts:
            part.add(view, sel)

    def sofar(self, progress: float | None) -> list[Answer]:
        return [Compared(self._asked.number, [], progress, False)]

    def final(self) -> list[Answer]:
        data = [part.close() for part in self._parts]
        if self._asked.path:
            other = self._other()
            if other is None:
                return []
            data.append(other)
        return [Compared(self._asked.number, differences(*data), 1.0, True)]

    def _other(self) -> dict[str, Any] | None:
        """The same of the other capture; None: something else was asked meanwhile. Raises PysysdigError."""
        with open_any(self._asked.path) as capture:
            part = _Part(self._asked.filter, capture.generation)
            for view, sel in replay(capture.sections(), level=part.level):
                if self._unwanted():
                    return None
                part.add(view, sel)
            return part.close()


class _Part:
    """The events that pass a filter, summed up; the time that they cover is theirs alone."""

    def __init__(self, text: str, generation: str) -> None:
        self._chosen = compile_filter(text, generation) if text else None
        self.level = LEVEL if self._chosen is None else max(LEVEL, self._chosen.needs)
        self._collector = Collector(generation)
        self.close = self._collector.close

    def add(self, view: EventView, sel: Ints) -> None:
        """Take in events."""
        self._collector.add(view, sel if self._chosen is None else self._chosen.select(view, sel))
