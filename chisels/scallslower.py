"""scallslower: slow system calls."""

from __future__ import annotations

from pysysdig.chisel import INT, Arg, Batch
from pysysdig.chiselkit.families import Coloured, slow_calls
from pysysdig.chiselkit.text import cell, number, padded, text


class ScallSlower(Coloured):
    """Prints system calls that take longer than a number of milliseconds. Lines of processes in a container are blue, others
    green; with -pc the container's id and name are shown, too."""

    category = "Performance"
    summary = "Trace slow syscalls"
    fields = ("evt.type", "evt.datetime", "proc.name", "evt.latency", "container.name", "container.id")
    min_ms = Arg("show calls that take longer than this many milliseconds", type=INT)

    def on_start(self) -> None:
        titles = self._row("evt.datetime", "container.id", "container.name", "proc.name", "LATENCY(ms)", "evt.type")
        self.print(titles.replace(" container.name", "  container.name", 1))  # sysdig's title has one blank more
        self.print(self._row("-" * 23, "-" * 20, "-" * 20, "-" * 23, "-" * 20, "-" * 20))

    def _row(self, time: str, ident: str, name: str, process: str, latency: str, kind: str) -> str:
        place = [cell(ident, 20), cell(name, 20)] if self.run.containers else []
        return " ".join([cell(time, 23), *place, cell(process, 23), padded(latency, 20), kind])

    def on_batch(self, batch: Batch) -> None:
        for event, ms in slow_calls(batch, self.min_ms):
            colour = self.colours.green if event["container.name"] == "host" else self.colours.blue
            time, ident, name, process, kind = (
                text(event[f]) for f in ("evt.datetime", "container.id", "container.name", "proc.name", "evt.type")
            )
            self.print(colour + self._row(time, ident, name, process, number(ms), kind), at=event)
