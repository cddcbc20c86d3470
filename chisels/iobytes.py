"""iobytes: bytes per second, any kind of descriptor."""

from __future__ import annotations

from pysysdig.chiselkit.families import IoBytes


class IoBytesAll(IoBytes):
    """Adds up the bytes that are read from and written to any kind of descriptor, and prints the sums every second."""

    category = "I/O"
    summary = "Sum of I/O bytes, any kind of descriptor"
    filter = "evt.is_io=true"
