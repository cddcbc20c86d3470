"""topfiles_time: files by time."""

from __future__ import annotations

from pysysdig.chisel import TopChisel
from pysysdig.chiselkit.tables import TIME


class TopFilesTime(TopChisel):
    """Shows the files whose reads and writes take most time. With -pc the container is shown, too."""

    category = "I/O"
    summary = "Top files by time"
    filter = "fd.type=file and evt.is_io=true"
    keys = (("fd.name", "Filename"),)
    container_keys = (("fd.name", "Filename"), ("container.name", "container.name"))
    value = ("evt.latency", "Time")
    top = 10
    unit = TIME
