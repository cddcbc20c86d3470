"""iobytes_net: bytes per second, the network."""

from __future__ import annotations

from pysysdig.chiselkit.families import IoBytes


class IoBytesNet(IoBytes):
    """Adds up the bytes that are read from and written to the network, and prints the sums every second."""

    category = "Net"
    summary = "Sum of I/O bytes, the network"
    filter = "evt.is_io=true and (fd.type=ipv4 or fd.type=ipv6)"
