"""spy_ip: the data exchanged with a host."""

from __future__ import annotations

from pysysdig.chisel import ADDRESS, Arg
from pysysdig.chiselkit.families import Payload


class SpyIp(Payload):
    """Shows the data that travels to and from an IP address. -A, -x, -X and -b choose how the data is shown."""

    category = "Net"
    summary = "Show the data exchanged with the given IP address"
    writes_called = "Read"  # as in sysdig
    host_ip = Arg("the address of the other host", type=ADDRESS)

    def configure(self) -> None:
        self.filter = f"evt.is_io=true and (fd.type=ipv4 or fd.type=ipv6) and fd.ip={self.host_ip}"
