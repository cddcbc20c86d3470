"""topcontainers_cpu: containers by CPU."""

from __future__ import annotations

from pysysdig.chiselkit.cpu import CpuTable


class TopContainersCpu(CpuTable):
    """Shows the containers that use most CPU."""

    summary = "Top containers by CPU usage"
    keys = (("container.name", "container.name"),)
