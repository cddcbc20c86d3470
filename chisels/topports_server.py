"""topports_server: server ports by bytes."""

from __future__ import annotations

from pysysdig.chisel import TopChisel
from pysysdig.chiselkit.tables import BYTES


class TopPortsServer(TopChisel):
    """Shows the TCP and UDP server ports with most bytes in both directions. With -pc the container is shown, too."""

    category = "Net"
    summary = "Top TCP/UDP server ports by R+W bytes"
    filter = "(fd.type=ipv4 or fd.type=ipv6) and evt.is_io=true"
    keys = (("fd.sport", "Srv Port"),)
    container_keys = (("fd.sport", "Srv Port"), ("container.name", "container.name"))
    value = ("evt.rawarg.res", "Bytes")
    top = 100
    unit = BYTES
