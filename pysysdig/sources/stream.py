"""What open captures of both formats have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

from pysysdig.sources.input import Source

if TYPE_CHECKING:
    from typing import Self

    from pysysdig.events.batch import EventBatch
    from pysysdig.sources.section import Section
    from pysysdig.state.snapshot import Snapshot


S = TypeVar("S", bound="Section")


class Stream(Generic[S]):
    """An open capture: one section or several of them, each with a state of the machine and events. A context manager.

    format  what the format is called; whoever has found it out says so
    parts   bytes read so far of what a file consists of, by name, where the format tells such parts apart
    large   batches are to be as large as they may be: who makes frames of them asks for that. With less to keep of each, other
            runs need a fifth less memory and no more time
    """

    __slots__ = ("_at", "_first", "_source", "format", "large", "parts")

    may_lack_events = False  # some sections may not be complete
    line = ""  # the format of lines if none is asked for; "": that of system calls
    _first: S

    def __init__(self, source: Source) -> None:
        self._source = source
        self._at = 0  # first byte not taken yet
        self.format = ""
        self.large = False
        self.parts: dict[str, int] = {}

    @property
    def name(self) -> str:
        """The path, or "standard input"."""
        return self._source.name

    @property
    def waits(self) -> bool:
        """It is a pipe: reading may wait for more."""
        return self._source.waits

    @property
    def snapshot(self) -> Snapshot:
        """What the first section says about the machine."""
        return self._first.snapshot

    @property
    def generation(self) -> str:
        """OLD or CURRENT, of the first section."""
        return self._first.generation

    def sections(self) -> Iterator[S]:
        """The sections, once, in order. Going on to the next one drops the batches of this one not yet taken. Raises
        CaptureError."""
        raise NotImplementedError

    def batches(self) -> Iterator[EventBatch]:
        """The batches of all sections, for uses that need no state."""
        for section in self.sections():
            yield from section.batches()

    def progress(self) -> float | None:
        """Part of the input read, 0 to 1; None if its size is not known."""
        return self._source.progress(self._at)

    def take_losses(self) -> list[tuple[int, int, int]]:
        """Events that were lost while it was recorded, those not taken yet: (number, first time, last time), ns."""
        return []

    def close(self) -> None:
        """Close the file. Batches already delivered stay valid."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
