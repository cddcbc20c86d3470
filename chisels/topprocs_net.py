"""topprocs_net: processes by bytes over the network."""

from __future__ import annotations

from pysysdig.chisel import TopChisel
from pysysdig.chiselkit.families import PROCESS_KEYS
from pysysdig.chiselkit.tables import BYTES


class TopProcsNet(TopChisel):
    """Shows the processes that use most network bandwidth. With -pc the container is shown, too."""

    category = "Net"
    summary = "Top processes by network I/O"
    filter = "(fd.type=ipv4 or fd.type=ipv6) and evt.is_io=true"
    keys = (("proc.name", "Process"), ("proc.pid", "PID"))
    container_keys = PROCESS_KEYS
    value = ("evt.rawarg.res", "Bytes")
    top = 100
    unit = BYTES
