"""topfiles_bytes: files by bytes."""

from __future__ import annotations

from pysysdig.chisel import TopChisel
from pysysdig.chiselkit.tables import BYTES


class TopFilesBytes(TopChisel):
    """Shows the files of which most bytes are read and written. With -pc the container is shown, too."""

    category = "I/O"
    summary = "Top files by R+W bytes"
    filter = "fd.type=file and evt.is_io=true"
    keys = (("fd.name", "Filename"),)
    container_keys = (("container.name", "container.name"), ("fd.name", "Filename"))
    value = ("evt.rawarg.res", "Bytes")
    top = 10
    unit = BYTES
