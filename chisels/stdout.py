"""stdout: the standard output of processes."""

from __future__ import annotations

from pysysdig.chiselkit.families import StandardStream


class Stdout(StandardStream):
    """Prints what goes through the standard output of processes. A filter narrows it down to one process."""

    category = "I/O"
    summary = "Print stdout of processes"
    filter = "fd.num=1 and evt.is_io=true"
