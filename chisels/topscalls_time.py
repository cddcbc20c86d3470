"""topscalls_time: system calls by time."""

from __future__ import annotations

from pysysdig.chisel import TopChisel
from pysysdig.chiselkit.tables import TIME


class TopScallsTime(TopChisel):
    """Shows the 30 system calls that take most time. With -pc the container is shown, too."""

    category = "Performance"
    summary = "Top system calls by time"
    keys = (("evt.type", "Syscall"),)
    container_keys = (("evt.type", "Syscall"), ("container.name", "container.name"))
    value = ("evt.latency", "Time")
    top = 30
    unit = TIME
