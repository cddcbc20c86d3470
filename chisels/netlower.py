"""netlower: slow network I/O."""

from __future__ import annotations

from pysysdig.chiselkit.families import SlowIo


class NetLower(SlowIo):
    """Prints network I/O that takes longer than a number of milliseconds; with 0, all of it. Lines of processes in a
    container are blue, others green; with -pc the container's id and name are shown, too."""

    category = "Performance"
    summary = "Trace slow network I/O"
    filter = "evt.is_io=true and (fd.type=ipv4 or fd.type=ipv6)"
