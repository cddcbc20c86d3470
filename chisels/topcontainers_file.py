"""topcontainers_file: containers by bytes of files."""

from __future__ import annotations

from pysysdig.chisel import TopChisel
from pysysdig.chiselkit.tables import BYTES


class TopContainersFile(TopChisel):
    """Shows the containers that read and write most bytes of files."""

    category = "I/O"
    summary = "Top containers by R+W disk bytes"
    filter = "fd.type=file and evt.is_io=true and container.name!=host"
    keys = (("container.name", "container.name"),)
    value = ("evt.rawarg.res", "Bytes")
    top = 10
    unit = BYTES
