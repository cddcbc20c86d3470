"""iobytes_file: bytes per second, files."""

from __future__ import annotations

from pysysdig.chiselkit.families import IoBytes


class IoBytesFile(IoBytes):
    """Adds up the bytes that are read from and written to files, and prints the sums every second."""

    category = "I/O"
    summary = "Sum of I/O bytes, files"
    filter = "evt.is_io=true and fd.type=file"
