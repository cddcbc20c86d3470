"""ps: running processes."""

from __future__ import annotations

from pysysdig.chiselkit.families import StateList
from pysysdig.chiselkit.text import column, size
from pysysdig.events.text import from_user

_WIDTHS = (8, 8, 12, 11, 11, 10)


class Ps(StateList):
    """Prints the running threads as ps does, at the first event that passes the filter of the command line. The argument
    restricts the list to threads that have a matching descriptor: -c ps "'fd.name contains /etc'"."""

    summary = "List (and optionally filter) the machine processes."

    def show(self) -> None:
        threads = sorted(self.system().threads(from_user(self.matching)), key=lambda t: t.info.tid)
        self.print(self._row("TID", "PID", "USER", "VIRT", "RES", "FDLIMIT") + column("CMD", 20))
        for t in threads:
            numbers = (t.info.tid, t.info.pid & 0xFFFFFFFF)
            memory = (size(t.vmsize), size(t.vmrss))
            self.print(self._row(*numbers, t.user, *memory, t.info.fdlimit & 0xFFFFFFFF) + t.info.comm)

    def _row(self, *values: object) -> str:
        return "".join(column(str(v), w) for v, w in zip(values, _WIDTHS))
