"""spy_port: the data exchanged on a port."""

from __future__ import annotations

from pysysdig.chisel import INT, Arg
from pysysdig.chiselkit.families import Payload


class SpyPort(Payload):
    """Shows the data that travels through an IP port, at either end. -A, -x, -X and -b choose how the data is shown."""

    category = "Net"
    summary = "Show the data exchanged using the given IP port number"
    host_port = Arg("the port", type=INT)

    def configure(self) -> None:
        self.filter = f"evt.is_io=true and (fd.type=ipv4 or fd.type=ipv6) and fd.port={self.host_port}"
