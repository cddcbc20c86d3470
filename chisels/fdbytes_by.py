"""fdbytes_by: I/O grouped by any field."""

from __future__ import annotations

from pysysdig.chisel import FIELD, Arg, TopChisel
from pysysdig.chiselkit.tables import BYTES


class FdBytesBy(TopChisel):
    """Sums up the bytes that are read and written by any field: which process, which port, which file moves most?"""

    category = "I/O"
    summary = "I/O bytes, aggregated by an arbitrary filter field"
    filter = "evt.is_io=true and evt.failed=false"
    value = ("evt.rawarg.res", "Bytes")
    top = 30
    unit = BYTES
    key = Arg("the field to group by", type=FIELD, label="string")

    def configure(self) -> None:
        self.keys = tuple((name, name) for name in self.key.split(","))
        super().configure()
