"""flame: no more than a notice."""

from __future__ import annotations

from pysysdig.chisel import Chisel


class Flame(Chisel):
    """Was a flame graph of tracers, which recorders no longer write: prints a notice, as sysdig does."""

    category = "Performance"
    summary = "Flame graph of tracers (gone)"
    stops = True
    hidden = True

    def on_start(self) -> None:
        self.print("This chisel uses tracers and is deprecated.")
        self.stop()
