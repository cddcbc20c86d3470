"""subsecoffset: when within a second things happen."""

from __future__ import annotations

import numpy as np

from pysysdig.chisel import INT, Arg, Batch
from pysysdig.chiselkit.heatmap import HeatMap
from pysysdig.chiselkit.text import number

MARKS = 10


class SubSecOffset(HeatMap):
    """Draws when within a second (or another time) system calls are made: the offset from left to right, time from top to
    bottom, so that patterns that repeat can be seen. The colour shows how many calls a second: black none, green tens, yellow
    hundreds, red thousands. A filter narrows it down."""

    summary = "Visualize subsecond offset execution time."
    filter = "evt.dir=> and evt.type!=procinfo"  # these are no calls; all come when a second begins
    refresh_time = Arg("time of a row, in milliseconds (1000)", type=INT, optional=True, default=1000)

    def on_start(self) -> None:
        super().on_start()
        self.print("System calls by the time within each row: from green (few) to red (many).\n")

    def on_batch(self, batch: Batch) -> None:
        period = max(int(self.interval * 1e9), 1)
        self.count((batch.ts % np.uint64(period)).astype(np.int64) * self.width // period)

    def label(self, column: int) -> str:
        mark = column * MARKS // self.width
        return f"|{number(mark * self.refresh_time / MARKS)}ms" if mark != (column - 1) * MARKS // self.width else ""
