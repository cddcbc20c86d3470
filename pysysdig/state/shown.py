"""Which events are shown to people: not those that only tell the program something, nor, in captures of exit events only, those
of other than main threads (as the current libraries print without -a)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.events.table import CURRENT, EC_INTERNAL, load
from pysysdig.state.threads import LEADS

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class Shown:
    """Leaves out what is not shown.

    withheld    events of other than main threads so far
    """

    __slots__ = ("_internal", "_main_only", "withheld")

    def __init__(self, *, all_threads: bool = False) -> None:
        self._main_only = not all_threads
        self._internal: dict[str, npt.NDArray[np.bool_]] = {}
        self.withheld = 0

    def of(self, view: EventView, sel: Ints, *, internal: bool = False, threads: bool = True) -> Ints:
        """Those of the events `sel` that are shown. internal: internal events are, too; threads: whether threads are looked at
        (which needs the level THREAD for captures of exit events only)."""
        if not internal:
            sel = sel[~self._internal_types(view.generation)[view.batch.type_of(sel)]]
        if threads and self._main_only and view.generation == CURRENT:
            shown = _of_main_threads(view, sel)
            self.withheld += len(sel) - int(np.count_nonzero(shown))
            sel = sel[shown]
        return sel

    def _internal_types(self, generation: str) -> npt.NDArray[np.bool_]:
        known = self._internal.get(generation)
        if known is None:
            known = self._internal[generation] = np.array([bool(t.category & EC_INTERNAL) for t in load(generation)])
        return known


def _of_main_threads(view: EventView, sel: Ints) -> npt.NDArray[np.bool_]:
    """Which events belong to the main thread of a process, or to none."""
    rows = view.thread_at(sel)
    main: npt.NDArray[np.bool_] = view.threads.number(rows, LEADS).values
    return main | (rows < 0)
