"""What a run does with its events: consumers, any number of which stand side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from pysysdig.cli.live import LiveSource
    from pysysdig.replay import Limits
    from pysysdig.sources.opening import AnyCapture
    from pysysdig.sources.section import Beginnings
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class Start(NamedTuple):
    """A capture that begins.

    name     of the file, "" live
    live     the running machine, if that is the capture
    limits   where it ends
    again    opens the file anew, None where that cannot be
    """

    name: str
    capture: AnyCapture | LiveSource
    live: LiveSource | None
    limits: Limits
    again: Callable[[], AnyCapture] | None


class Consumer:
    """Base of all consumers. They are called in the order in which the run has them; all methods may raise PysysdigError.

    sink          where the events are written, for `replay` to tell where sections begin
    pulse         live capture: seconds after which it is called without events, if none come
    from_first    it has to see the state before the first event that passes, too
    idle          it needs no events at all
    shares        live capture: it asks for shares of the CPU
    """

    sink: Beginnings | None = None
    pulse: float = 1.0
    from_first: bool = False
    idle: bool = False
    shares: bool = False

    def wants(self) -> frozenset[int] | None:
        """The types of the events that it has a use for, among those that pass the run's filter; None: all."""
        return None

    def needs(self, generation: str) -> int:
        """The level of state (state.levels) that it needs."""
        return 0

    def begin(self, start: Start) -> bool:
        """A capture begins. False: the run is over."""
        return True

    def copy(self, live: LiveSource, limits: Limits) -> bool:
        """Take the events of the running machine as they come, nobody else needs them; False: it cannot do that."""
        return False

    def deliver(self, view: EventView, sel: Ints) -> bool:
        """The events `sel` of a view passed the filter. True: the run is over."""
        return False

    def end(self) -> None:
        """The capture is closed, whether or not its end was reached."""

    def conclude(self) -> None:
        """The run is over: the last words."""

    def break_off(self) -> bool:
        """From a signal handler: whether it is in the middle of something and raises KeyboardInterrupt once that is done."""
        return False
