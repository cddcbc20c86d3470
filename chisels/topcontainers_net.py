"""topcontainers_net: containers by bytes over the network."""

from __future__ import annotations

from pysysdig.chisel import TopChisel
from pysysdig.chiselkit.tables import BYTES


class TopContainersNet(TopChisel):
    """Shows the containers that use most network bandwidth."""

    category = "Net"
    summary = "Top containers by network I/O"
    filter = "(fd.type=ipv4 or fd.type=ipv6) and evt.is_io=true and container.name!=host"
    keys = (("container.name", "container.name"),)
    value = ("evt.rawarg.res", "Bytes")
    top = 100
    unit = BYTES
