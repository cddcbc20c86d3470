"""spectrogram: latencies of system calls as a heat map."""

from __future__ import annotations

import numpy as np

from pysysdig.chisel import INT, Arg, Batch
from pysysdig.chiselkit.heatmap import HeatMap
from pysysdig.chiselkit.text import duration

DECADES = 11  # 1 ns to 100 s


class Spectrogram(HeatMap):
    """Draws how long system calls take: latency from left to right, from 1 ns to 100 s, time from top to bottom. The colour
    shows how many calls a second took that long: black none, green tens, yellow hundreds, red thousands. A filter narrows it
    down to a process, a file system, a kind of call."""

    summary = "Visualize OS latency in real time."
    filter = "evt.dir=<"
    fields = ("evt.latency",)
    refresh_time = Arg("time between two rows, in milliseconds (500)", type=INT, optional=True, default=500)

    def on_batch(self, batch: Batch) -> None:
        latency, valid = batch.numbers("evt.latency")
        chosen = latency[valid & (latency > 0)].astype(np.float64)
        self.count((np.minimum(np.log10(chosen), DECADES) * self.width / DECADES).astype(np.int64))

    def label(self, column: int) -> str:
        decade = column * DECADES // self.width
        return f"|{duration(10**decade)}" if decade != (column - 1) * DECADES // self.width else ""
