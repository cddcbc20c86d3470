"""lsof: open descriptors."""

from __future__ import annotations

from pysysdig.chiselkit.families import StateList
from pysysdig.chiselkit.text import column
from pysysdig.events.text import from_user


class Lsof(StateList):
    """Prints the open descriptors of all processes as lsof does, at the first event that passes the filter of the command
    line. The argument restricts the list: -c lsof "'proc.name=foo and fd.name contains /etc'"."""

    summary = "List (and optionally filter) the open file descriptors."

    def show(self) -> None:
        threads = sorted(self.system().threads(from_user(self.matching)), key=lambda t: t.info.tid)
        titles = (("COMMAND", 20), ("PID", 8), ("TID", 8), ("USER", 8), ("FD", 8), ("TYPE", 12))
        self.print("".join(column(title, width) for title, width in titles) + "NAME")
        for t in threads:
            values = (t.info.comm, t.info.pid & 0xFFFFFFFF, t.info.tid, t.user)
            thread = "".join(column(str(v), width) for v, (_, width) in zip(values, titles))
            for d in t.descriptors:
                self.print(thread + column(str(d.num), 8) + column(d.type, 12) + d.name)
