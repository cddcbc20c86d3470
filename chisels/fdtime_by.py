"""fdtime_by: I/O grouped by any field."""

from __future__ import annotations

from pysysdig.chisel import FIELD, Arg, TopChisel
from pysysdig.chiselkit.tables import TIME


class FdTimeBy(TopChisel):
    """Sums up the time that reads and writes take by any field: which process, which file costs most of it?"""

    category = "I/O"
    summary = "I/O time, aggregated by an arbitrary filter field"
    filter = "evt.is_io=true"
    value = ("evt.latency", "Time")
    top = 10
    unit = TIME
    key = Arg("the field to group by", type=FIELD, label="string")

    def configure(self) -> None:
        self.keys = tuple((name, name) for name in self.key.split(","))
        super().configure()
