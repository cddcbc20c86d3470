"""proc_exec_time: how long processes ran."""

from __future__ import annotations

from pysysdig.chisel import Event
from pysysdig.chiselkit.families import ColourArg, Coloured
from pysysdig.chiselkit.text import S, cell, duration, text

_RED, _YELLOW = 10 * S, 3 * S


class ProcExecTime(Coloured):
    """Lists processes as they end, with the time they ran: red from 10 seconds on, yellow from 3 seconds on, below that green
    on the host and blue in a container. With -pc the container's id and name are shown, too."""

    category = "Performance"
    summary = "Show process execution time"
    filter = "evt.type=procexit"
    fields = ("proc.name", "proc.args", "proc.duration", "container.name", "container.id")
    disable_color = ColourArg("disable_colors")

    def on_start(self) -> None:
        self.print(self._row("proc.duration", "container.id", "container.name", "proc.name", "proc.args"))
        self.print(self._row("-" * 13, "-" * 20, "-" * 20, "-" * 12, "-" * 20))

    def _row(self, time: str, ident: str, name: str, process: str, args: str) -> str:
        place = [cell(ident, 20), cell(name, 20)] if self.run.containers else []
        return " ".join([cell(time, 13), *place, cell(process, 12), args])

    def on_event(self, event: Event) -> None:
        took = event["proc.duration"]
        if took is None:
            return
        ident, name, process, args = (text(event[f]) for f in ("container.id", "container.name", "proc.name", "proc.args"))
        self.print(self._colour(took, name) + self._row(duration(took), ident, name, process, args))

    def _colour(self, took: int, container: str) -> str:
        if took > _YELLOW:
            return self.colours.red if took > _RED else self.colours.yellow
        return self.colours.green if container == "host" else self.colours.blue

    def on_end(self) -> None:
        self.print(self.colours.reset)
