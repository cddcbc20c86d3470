"""topprocs_cpu: processes by CPU."""

from __future__ import annotations

from pysysdig.chiselkit.cpu import CpuTable


class TopProcsCpu(CpuTable):
    """Shows the processes that use most CPU. With -pc the container is shown, too."""

    summary = "Top processes by CPU usage"
    keys = (("proc.name", "Process"), ("proc.pid", "PID"))
    container_keys = (
        ("proc.name", "Process"),
        ("proc.pid", "Host_pid"),
        ("proc.vpid", "Container_pid"),
        ("container.name", "container.name"),
    )
