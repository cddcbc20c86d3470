"""Our own format as one to write (sources.writing)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.sources.writing import Told, Writer
from pysysdig.trace.writer import TraceWriter

if TYPE_CHECKING:
    from pysysdig.events.batch import EventBatch
    from pysysdig.sources.files import File
    from pysysdig.sources.writing import How
    from pysysdig.state.snapshot import Snapshot
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class Target(Writer):
    """Writes .pscap files. They are always compressed; filtered ones keep what their events see of the state, nothing else."""

    takes_batches = True

    def __init__(self, how: How) -> None:
        super().__init__(how)
        self._file: File | None = None
        self._out: TraceWriter | None = None  # of the file, once a section has begun
        self._told: Told | None = None

    def section(self, told: Told) -> None:
        self._told = told

    def open(self, file: File) -> None:
        self._file = file

    def head(self, snapshot: Snapshot, num: int | None) -> None:
        told = self._told
        assert told is not None
        complete = self.how.complete and told.whole
        self._writer().begin(
            snapshot,
            told.generation,
            tap=told.tap,
            context=told.context,
            complete=complete,
            redaction=self.how.redaction,
        )

    def _writer(self) -> TraceWriter:
        if self._out is None:
            assert self._file is not None
            self._out = TraceWriter(self._file, background=not self.how.live and not self.how.shared)
        return self._out

    def fitting(self, batch: EventBatch, sel: Ints, limit: int) -> int:
        """As one frame is one piece, all or none."""
        assert self._file is not None
        self._writer().settle()
        return 0 if self._file.size > limit else len(sel)

    def write(self, view: EventView, sel: Ints) -> None:
        self._writer().write(view, sel)

    def lose(self, count: int, first: int, last: int) -> bool:
        if self._out is None:
            return False
        self._out.drops(count, first, last)
        return True

    def begin_batches(self, snapshot: Snapshot, generation: str, known: EventBatch | None = None) -> None:
        out = self._writer()
        out.begin(snapshot, generation)
        if known is not None:
            out.write_batch(known)

    def write_batch(self, batch: EventBatch) -> None:
        self._writer().write_batch(batch)

    def finish(self) -> None:
        if self._out is not None:
            self._out.finish()
            self.damage = self.damage or self._out.damage
        self.abandon()

    def abandon(self) -> None:
        if self._out is not None:
            self._out.close()
            self._out = None


def writer_of(how: How) -> Target:
    """See sources.formats."""
    return Target(how)
