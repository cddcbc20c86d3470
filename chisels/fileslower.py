"""fileslower: slow file I/O."""

from __future__ import annotations

from pysysdig.chiselkit.families import SlowIo


class FileSlower(SlowIo):
    """Prints file I/O that takes longer than a number of milliseconds; with 0, all of it. Files below /dev are left out.
    Lines of processes in a container are blue, others green; with -pc the container's id and name are shown, too."""

    category = "Performance"
    summary = "Trace slow file I/O"
    filter = "evt.is_io=true and fd.type=file"
    skipped = ("/dev/",)
