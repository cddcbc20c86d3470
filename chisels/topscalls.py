"""topscalls: system calls by number."""

from __future__ import annotations

from pysysdig.chisel import TopChisel
from pysysdig.chiselkit.tables import PLAIN


class TopScalls(TopChisel):
    """Shows the 30 system calls that occur most often, enter and exit events both counted. With -pc the container is shown,
    too."""

    category = "Performance"
    summary = "Top system calls by number of calls"
    filter = "evt.type!=switch"
    keys = (("evt.type", "Syscall"),)
    container_keys = (("evt.type", "Syscall"), ("container.name", "container.name"))
    value = ("evt.count", "# Calls")
    top = 30
    unit = PLAIN
