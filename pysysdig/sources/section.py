"""What captures are to those who read them, whatever they are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from pysysdig.events.batch import EventBatch
    from pysysdig.filter import Filter
    from pysysdig.state.snapshot import Snapshot
    from pysysdig.state.source import StateSource


class Section(Protocol):
    """Events in order, and the state of the machine before the first of them.

    generation   OLD or CURRENT (events.table)
    complete     no event is missing because of a filter when the capture was written
    """

    snapshot: Snapshot
    generation: str
    complete: bool

    def batches(self) -> Iterator[EventBatch]:
        """The events, once, in order. Raises CaptureError for what is damaged, after what precedes the damage."""

    def until(self, latest: int) -> None:
        """Events after this time (ns) may be left out where that is cheap, if no earlier event comes after them."""

    def recorded(self, level: int) -> Recorded | None:
        """The section as one that says itself what its events see of the state at this level; None: an Inspector has to work
        it out."""


class Recorded(Protocol):
    """A section that has recorded what its events see of the state."""

    def playback(self, level: int, generation: str = "") -> StateSource:
        """What stands in for an Inspector of this level; it has to process the batches that follow. generation: as which it shows
        what was recorded, "" its own."""

    def narrow(self, chosen: Filter) -> None:
        """Batches without an event that the filter accepts may be left out. Needs the playback."""


class Beginnings(Protocol):
    """Who is told where each section begins, as a sources.sink.Sink is.

    every_view   views without an event that the filter accepts are wanted, too
    """

    @property
    def every_view(self) -> bool: ...

    def begin(self, snapshot: Snapshot, generation: str, inspector: StateSource, whole: bool) -> None:
        """whole: no event is missing; inspector: works out the state of its events."""


class Plain:
    """The section of a source that is complete and has recorded no state: what most sections begin with."""

    __slots__ = ()

    complete = True

    def until(self, latest: int) -> None:
        """See Section."""

    def recorded(self, level: int) -> Recorded | None:
        """See Section."""
        return None


class Capture(Protocol):
    """An open capture. A context manager.

    may_lack_events   some of its sections may not be complete
    """

    may_lack_events: bool

    def sections(self) -> Iterator[Section]:
        """Its Sections, once, in order. Going on to the next one drops the batches of this one that were not taken. Raises
        CaptureError."""

    def progress(self) -> float | None:
        """Part of the input read, 0 to 1; None if its size is not known."""

    def take_losses(self) -> list[tuple[int, int, int]]:
        """Events that were lost while it was recorded, those not taken yet: (number, first time, last time), ns."""

    def close(self) -> None:
        """Give it up."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None: ...
