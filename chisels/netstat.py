"""netstat: open connections."""

from __future__ import annotations

from pysysdig.chiselkit.families import StateList
from pysysdig.chiselkit.text import column
from pysysdig.events.text import from_user
from pysysdig.fields.fd import L4_TEXTS
from pysysdig.state.fds import ip_text

_WIDTHS = (6, 25, 25, 15)


class Netstat(StateList):
    """Prints the network connections as netstat does, at the first event that passes the filter of the command line. The
    argument restricts the list: -c netstat "'proc.name=foo and fd.port=80'"."""

    summary = "List (and optionally filter) network connections."

    def show(self) -> None:
        chosen = "(fd.type=ipv4 or fd.type=ipv6)" + (f" and ({self.matching})" if self.matching else "")
        threads = self.system().threads(from_user(chosen))
        self.print(self._row("Proto", "Server Address", "Client Address", "State") + "TID/PID/Program Name")
        for t in threads:
            for fd in (d.info for d in t.descriptors):
                protocol = L4_TEXTS.get(fd.visible_l4, "<NA>")
                if fd.is_tuple:
                    ends = f"{ip_text(fd.dip)}:{fd.dport}", f"{ip_text(fd.sip)}:{fd.sport}", "ESTABLISHED"
                else:
                    ends = f"{ip_text(fd.sip)}:{fd.sport}", "0.0.0.0:*", "LISTEN"
                self.print(self._row(protocol, *ends) + f"{t.info.tid}/{t.info.pid & 0xFFFFFFFF}/{t.info.comm}")

    def _row(self, *values: str) -> str:
        return "".join(column(v, w) for v, w in zip(values, _WIDTHS))
