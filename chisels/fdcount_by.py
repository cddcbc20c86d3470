"""fdcount_by: descriptors grouped by any field."""

from __future__ import annotations

from pysysdig.chisel import FIELD, Arg, Batch, Chisel
from pysysdig.chiselkit.tables import distinct
from pysysdig.chiselkit.text import text


class FdCountBy(Chisel):
    """Counts the different descriptors that are worked on by any field: how many connections of each process, or with each
    host? A descriptor is told by its number and name."""

    category = "I/O"
    summary = "FD count, aggregated by an arbitrary filter field"
    key = Arg("the field to group by", type=FIELD, label="string")

    def configure(self) -> None:
        self.fields = (self.key, "fd.num", "fd.name")

    def on_start(self) -> None:
        self._seen: dict[object, set[str]] = {}

    def on_batch(self, batch: Batch) -> None:
        for key, number, name in distinct(batch, self.fields):
            if number > 0 and name:
                self._seen.setdefault(key, set()).add(f"{number}{name}")

    def on_end(self) -> None:
        for key, descriptors in sorted(self._seen.items(), key=lambda item: -len(item[1])):
            self.print(f"{text(key)}\t{len(descriptors)}")
