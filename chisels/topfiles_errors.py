"""topfiles_errors: files by failed calls."""

from __future__ import annotations

from pysysdig.chisel import TopChisel
from pysysdig.chiselkit.tables import PLAIN


class TopFilesErrors(TopChisel):
    """Shows the files with most failed system calls. With -pc the container is shown, too."""

    category = "Errors"
    summary = "Top files by number of errors"
    filter = "fd.type=file and evt.failed=true"
    keys = (("fd.name", "Filename"),)
    container_keys = (("fd.name", "Filename"), ("container.name", "container.name"))
    value = ("evt.count", "#Errors")
    top = 100
    unit = PLAIN
