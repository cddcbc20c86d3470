"""topprocs_file: processes by bytes of files."""

from __future__ import annotations

from pysysdig.chisel import TopChisel
from pysysdig.chiselkit.families import PROCESS_KEYS
from pysysdig.chiselkit.tables import BYTES


class TopProcsFile(TopChisel):
    """Shows the processes that read and write most bytes of files. With -pc the container is shown, too."""

    category = "I/O"
    summary = "Top processes by R+W disk bytes"
    filter = "fd.type=file and evt.is_io=true"
    keys = (("proc.name", "Process"), ("proc.pid", "PID"))
    container_keys = PROCESS_KEYS
    value = ("evt.rawarg.res", "Bytes")
    top = 10
    unit = BYTES
