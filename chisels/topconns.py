"""topconns: connections by bytes."""

from __future__ import annotations

from pysysdig.chisel import TopChisel
from pysysdig.chiselkit.tables import BYTES


class TopConns(TopChisel):
    """Shows the network connections with most bytes in both directions. With -pc the container is shown, too."""

    category = "Net"
    summary = "Top network connections by total bytes"
    filter = "(fd.type=ipv4 or fd.type=ipv6) and evt.is_io=true"
    keys = (("fd.l4proto", "Proto"), ("fd.name", "Conn"))
    container_keys = (("container.name", "container.name"), ("fd.l4proto", "Proto"), ("fd.name", "Conn"))
    value = ("evt.rawarg.res", "Bytes")
    top = 30
    unit = BYTES
