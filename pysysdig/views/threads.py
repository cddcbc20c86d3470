"""What every thread adds to a view at the end of an interval: an event that has only the values of a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pysysdig.errors import ChiselError
from pysysdig.events.table import TYPES

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

_NONE_X = TYPES["SCAPEVENT_X"]  # of no system call, so that no field takes it for one


def thread_events(view: EventView, pos: int) -> EventView | None:
    """A view of one such event for each thread known at the event at position `pos`, in the order of sysdig's table of threads;
    None if the trace does not hold the state of the whole system."""
    from pysysdig.chiselkit.state import Imagined, SystemState

    try:
        state = SystemState(view, pos)
    except ChiselError:
        return None
    found = state.known_threads()
    imagined = Imagined(view, pos, found, [-1] * len(found), _NONE_X)
    ts = int(view.batch.ts[pos])
    imagined.batch.ts[:] = np.uint64(max(ts - ts % 1_000_000_000 - 1, 0))
    return imagined
