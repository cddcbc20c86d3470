"""spy_logs: lines that processes write to log files."""

from __future__ import annotations

from pysysdig.chisel import Event
from pysysdig.chiselkit.families import ColourArg, Coloured, Exporter, dump_file, dump_range
from pysysdig.chiselkit.text import text

# what counts as a log file
_LOGS = (
    "(fd.name contains .log or fd.name contains _log or fd.name contains /var/log)"
    " and not (fd.name contains .gz or fd.name contains .tgz)"
)


class SpyLogs(Coloured, Exporter):
    """Prints every line that is written to a file with .log or _log in its name or below /var/log. A filter narrows it down
    (proc.name=foo, evt.buffer contains foo). On a terminal, warnings are yellow, errors red, other lines green; with -pc the
    container comes first. With a file name, the events around each line are saved there at the end."""

    category = "Logs"
    summary = "Print what any process writes to log files; optionally save the events around each line."
    filter = f"({_LOGS}) and evt.is_io_write=true and evt.dir=< and evt.failed=false"
    fields = ("evt.buffer", "thread.tid", "proc.name", "fd.name", "container.name")
    snaplen = 2000
    buffers = "ascii"
    dump_file_name = dump_file(optional=True)
    dump_range_ms = dump_range()
    disable_color = ColourArg(strict=True)

    def on_event(self, event: Event) -> None:
        buffer = event["evt.buffer"]
        container = text(event["container.name"])
        about = f"{text(event['proc.name'])} {text(event['fd.name'])} "
        for line in buffer.split("\n") if buffer else ():
            if line:
                self.print(self._coloured(container, about, line) if self.run.terminal else self._plain(container, about, line))
        self.remember(event)

    def _plain(self, container: str, about: str, line: str) -> str:
        return f"{container} {about}{line}" if self.run.containers else about + line

    def _coloured(self, container: str, about: str, line: str) -> str:
        colour = self.colours.green
        if "warn" in line.lower():
            colour = self.colours.yellow
        elif "err" in line:
            colour = self.colours.red
        if not self.run.containers:
            return f"{colour} {about}{line}"
        shade = self.colours.blue if container != "host" else colour
        return f"{colour} {shade} {container} {colour} {about}{line}"

    def on_end(self) -> None:
        if self.run.terminal:
            self.print(self.colours.reset)
        self.export("Writing events for {} log entries")
