"""topprocs_errors: processes by failed calls."""

from __future__ import annotations

from pysysdig.chisel import TopChisel
from pysysdig.chiselkit.families import PROCESS_KEYS
from pysysdig.chiselkit.tables import PLAIN


class TopProcsErrors(TopChisel):
    """Shows the processes with most failed system calls. With -pc the container is shown, too."""

    category = "Errors"
    summary = "Top processes by number of errors"
    filter = "evt.failed=true"
    keys = (("proc.name", "Process"), ("proc.pid", "PID"))
    container_keys = PROCESS_KEYS
    value = ("evt.count", "#Errors")
    top = 100
    unit = PLAIN
