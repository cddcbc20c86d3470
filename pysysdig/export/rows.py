"""Which events are rows of a table: those that the printer shows, or the calls that Falco's rules see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.events.table import CURRENT
from pysysdig.rules.engine_types import unseen
from pysysdig.state.levels import THREAD
from pysysdig.state.shown import Shown

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from pysysdig.state.view import EventView

    Ints = npt.NDArray[np.int64]


class Rows:
    """Chooses them.

    calls         one row a call: of sections that were converted
    all_threads   in captures of exit events only, those of other than main threads, too
    """

    def __init__(self, *, calls: bool, all_threads: bool) -> None:
        self._seen = ~unseen() if calls else None
        self._threads = not calls and not all_threads
        self._shown = Shown(all_threads=not self._threads)

    def needs(self, level: int, generation: str) -> int:
        """The level of state, with `level` for the columns."""
        return max(level, THREAD) if self._threads and generation == CURRENT else level

    def of(self, view: EventView, sel: Ints, *, hidden: bool = False) -> Ints:
        """Those of the events `sel` that are rows; hidden: events that are not shown are, too."""
        if self._seen is not None:
            sel = sel[self._seen[view.batch.type_of(sel)]]
        return sel if hidden else self._shown.of(view, sel, threads=self._threads)
