"""topcontainers_error: containers by failed calls."""

from __future__ import annotations

from pysysdig.chisel import TopChisel
from pysysdig.chiselkit.tables import PLAIN


class TopContainersError(TopChisel):
    """Shows the containers with most failed system calls."""

    category = "Errors"
    summary = "Top containers by number of errors"
    filter = "evt.failed=true and container.name!=host"
    keys = (("container.name", "container.name"),)
    value = ("evt.count", "#Errors")
    top = 100
    unit = PLAIN
