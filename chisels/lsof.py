"""lsof: open descriptors."""

from __future__ import annotations

from pysysdig.chisel import FILTER, Arg, Chisel, Event
from pysysdig.chiselkit.text import column
from pysysdig.events.text import from_user


class Lsof(Chisel):
    """Prints the open descriptors of all processes as lsof does, at the first event that passes the filter of the command
    line. The argument restricts the list: -c lsof "'proc.name=foo and fd.name contains /etc'"."""

    category = "System State"
    summary = "List (and optionally filter) the open file descriptors."
    state = True
    stops = True
    matching = Arg("a filter for the list", type=FILTER, optional=True, default="")

    def on_event(self, event: Event) -> None:
        self.stop()

    def on_end(self) -> None:
        if not self.stopped:
            self.print("empty capture or no event matching the filter")
            return
        threads = sorted(self.system().threads(from_user(self.matching)), key=lambda t: t.info.tid)
        titles = (("COMMAND", 20), ("PID", 8), ("TID", 8), ("USER", 8), ("FD", 8), ("TYPE", 12))
        self.print("".join(column(title, width) for title, width in titles) + "NAME")
        for t in threads:
            values = (t.info.comm, t.info.pid & 0xFFFFFFFF, t.info.tid, t.user)
            thread = "".join(column(str(v), width) for v, (_, width) in zip(values, titles))
            for d in t.descriptors:
                self.print(thread + column(str(d.num), 8) + column(d.type, 12) + d.name)
