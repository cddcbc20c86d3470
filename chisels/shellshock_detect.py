"""shellshock_detect: function definitions in the environment of shells."""

from __future__ import annotations

import re

from pysysdig.chisel import Batch, Chisel, Event
from pysysdig.chiselkit.text import column, text
from pysysdig.events.text import decoded

_FUNCTION = re.compile(r"\(\) ?\{.+", re.DOTALL)


class ShellshockDetect(Chisel):
    """Reports every start of a shell with a function definition in its environment, which is how CVE-2014-6271 (shellshock)
    was exploited: the time, the parent process and its pid, and the function."""

    category = "Security"
    summary = "Print shellshock attacks"
    filter = "(proc.name=bash or proc.name=sh) and evt.type=execve and evt.dir=<"
    fields = ("proc.pname", "proc.ppid", "evt.arg.env", "evt.time")

    def on_start(self) -> None:
        self.print(column("TIME", 22) + column("PROCNAME", 22) + column("PID", 8) + "FUNCTION")

    def on_batch(self, batch: Batch) -> None:
        for event, environment in zip(batch, batch.values("evt.arg.env")):
            if _FUNCTION.search(text(environment)):
                self._function(event)

    def _function(self, event: Event) -> None:
        """Print the first variable with a function, if the process has one."""
        row = int(event.view.thread[event.position])
        for variable in event.view.threads.rows[row].env if row >= 0 else ():
            found = _FUNCTION.search(decoded(variable))
            if found:
                process = column(text(event["proc.pname"]), 22) + column(text(event["proc.ppid"]), 8)
                self.print(column(event["evt.time"], 22) + process + found[0], at=event)
                break
