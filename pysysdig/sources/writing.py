"""What a format has to do for those who write captures (sources.sink), and what most formats need not do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.state.levels import FD, ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from pysysdig.errors import CaptureError
    from pysysdig.events.batch import EventBatch
    from pysysdig.sources.files import File
    from pysysdig.sources.section import Capture
    from pysysdig.state.context import ContextLog
    from pysysdig.state.snapshot import Snapshot
    from pysysdig.state.tap import Tap
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class How(NamedTuple):
    """How a run writes. A format does what it can of it.

    complete   there is no filter: every event is written, hidden ones, too
    live       the machine is captured
    shared     the caller goes on to look at views that were written
    compress   the files are to be smaller
    fatfile    events that change state are kept, hidden, although the filter refuses them
    processes  a filter that processes must pass to be listed, "" = all are
    redaction  the policy that what is written is under, as text for the file, "" = none
    """

    complete: bool
    live: bool = False
    shared: bool = False
    compress: bool = False
    fatfile: bool = False
    processes: str = ""
    redaction: str = ""


class Told(NamedTuple):
    """A section of what is written.

    tap       listens to whoever knows the state that its events see
    context   what the section has told so far of containers and accounts
    whole     no event is missing because of a filter when it was recorded
    """

    generation: str
    tap: Tap
    context: ContextLog
    whole: bool


class Writer:
    """Writes the files of a run, one after the other. A format's own derives from this one.

    level          of state (state.levels) that the views must have
    every_view     it must be given views without chosen events, too: it may keep others
    takes_batches  `begin_batches` and `write_batch` are there, too: events whose state is left to those who read them
    damage         the first event found whose parameters do not fit it (written without them)

    In order: `gather` once; `section`; then for each view `feed`, `choose` (if there is a filter) and `write`, once for each file
    that its events go to. `open` comes before all of a file, `head` before the first event of a section in it, `finish` at its
    end. They raise OSError.
    """

    takes_batches = False
    damage: CaptureError | None = None

    def __init__(self, how: How) -> None:
        self.how = how
        self.level = FD if how.complete else ORDERS
        self.every_view = False

    def gather(self, again: Callable[[], AbstractContextManager[Capture]]) -> None:
        """The capture that will be written may lack events: find out what all its events say, if that is of any use."""

    def section(self, told: Told) -> None:
        """What follows are the views of a section."""

    def feed(self, view: EventView) -> None:
        """The next view; the tap has heard of it."""

    def choose(self, view: EventView, sel: Ints, last: bool, begun: bool) -> Ints:
        """Which events of a view are written, of which the filter has chosen `sel`. last: nothing after them is wanted; begun:
        the file has the beginning of the section."""
        return sel

    def open(self, file: File) -> None:
        """What follows goes to this file."""
        raise NotImplementedError

    def head(self, snapshot: Snapshot, num: int | None) -> None:
        """Begin the section in this file: with this state, before the event of this number (None: the section's first)."""
        raise NotImplementedError

    def fitting(self, batch: EventBatch, sel: Ints, limit: int) -> int:
        """How many of the events go into the file before it is larger than `limit` bytes; it may be all if that is not known."""
        raise NotImplementedError

    def write(self, view: EventView, sel: Ints) -> None:
        """The events `sel` of the view; they are consecutive where all are written."""
        raise NotImplementedError

    def lose(self, count: int, first: int, last: int) -> bool:
        """Note that events were lost between two times (ns); False: not now, or not in this format."""
        return False

    def begin_batches(self, snapshot: Snapshot, generation: str, known: EventBatch | None = None) -> None:
        """Begin a section of batches. known: hidden events that say what is known of containers and accounts."""
        raise NotImplementedError

    def write_batch(self, batch: EventBatch) -> None:
        """All events of a batch."""
        raise NotImplementedError

    def flush(self) -> None:
        """A while has passed: what is kept back goes to the file, for whoever reads along."""

    def finish(self) -> None:
        """The file is complete, but for closing it."""

    def abandon(self) -> None:
        """The file cannot be written."""
