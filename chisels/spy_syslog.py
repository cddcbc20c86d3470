"""spy_syslog: messages to the system log."""

from __future__ import annotations

from pysysdig.chisel import Event
from pysysdig.chiselkit.families import ColourArg, Coloured, Exporter, dump_file, dump_range
from pysysdig.chiselkit.text import padded, text


class SpySyslog(Coloured, Exporter):
    """Prints every message that a process sends to /dev/log: facility, severity, process, text. A filter narrows it down
    (proc.name=foo, syslog.message contains foo). With a file name, the events around each message are saved there at the
    end."""

    category = "Logs"
    summary = "Print every message written to syslog; optionally save the events around each of them."
    filter = "fd.name contains /dev/log and evt.is_io_write=true and evt.dir=< and evt.failed=false"
    fields = (
        "syslog.facility.str", "syslog.severity.str", "syslog.severity", "syslog.message", "thread.tid", "proc.name",
        "container.name", "container.id",
    )  # fmt: skip
    snaplen = 1000
    dump_file_name = dump_file(optional=True)
    dump_range_ms = dump_range()
    disable_color = ColourArg(strict=True)

    def on_event(self, event: Event) -> None:
        facility, severity, message, process, tid, name, ident = (
            text(event[f])
            for f in (
                "syslog.facility.str", "syslog.severity.str", "syslog.message", "proc.name", "thread.tid", "container.name",
                "container.id",
            )
        )  # fmt: skip
        rest = f"{process}[{tid}] {message}"
        if self.run.terminal:
            place = f"{padded(ident, 20)} {padded(name, 20)} " if self.run.containers else ""
            self.print(f"{self._colour(event)}{place}{facility}.{severity} {rest}")
        elif self.run.containers:  # sysdig's columns have this order when it does not print to a terminal
            self.print(f"{padded(facility, 20)} {padded(ident, 20)} {name}.{severity} {rest}")
        else:
            self.print(f"{facility}.{severity} {rest}")
        self.remember(event)

    def _colour(self, event: Event) -> str:
        severity = event.get("syslog.severity", 7)
        if severity <= 4:
            return self.colours.yellow if severity == 4 else self.colours.red
        return self.colours.green if event["container.name"] == "host" else self.colours.blue

    def on_end(self) -> None:
        if self.run.terminal:
            self.print(self.colours.reset)
        self.export("Writing events for {} log entries")
