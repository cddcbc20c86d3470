"""stderr: the standard error of processes."""

from __future__ import annotations

from pysysdig.chisel import Batch
from pysysdig.chiselkit.families import ColourArg, Coloured, StandardStream
from pysysdig.chiselkit.text import cell, text


class Stderr(Coloured, StandardStream):
    """Prints what goes through the standard error of processes. A filter narrows it down to one process. With -pc the
    container's id and name come first, green for the host, blue for others."""

    category = "I/O"
    summary = "Print stderr of processes"
    filter = "fd.num=2 and evt.is_io=true"
    fields = ("evt.rawarg.data", "container.name", "container.id")
    disable_color = ColourArg(strict=True)

    def on_batch(self, batch: Batch) -> None:
        if not self.run.containers:
            super().on_batch(batch)
            return
        for event in batch:
            data, name = event["evt.rawarg.data"], event["container.name"]
            if data is not None:
                shade = self.colours.green if name == "host" else self.colours.blue
                self.print(f"{shade}{cell(event['container.id'], 20)} {cell(name, 20)} {text(data)}", at=event)
