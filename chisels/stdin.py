"""stdin: the standard input of processes."""

from __future__ import annotations

from pysysdig.chiselkit.families import StandardStream


class Stdin(StandardStream):
    """Prints what goes through the standard input of processes. A filter narrows it down to one process."""

    category = "I/O"
    summary = "Print stdin of processes"
    filter = "fd.num=0 and evt.is_io=true"
