"""echo_fds: the data that is read and written, whatever the descriptor."""

from __future__ import annotations

from pysysdig.chisel import Event
from pysysdig.chiselkit.families import Coloured
from pysysdig.chiselkit.text import size, text


class EchoFds(Coloured):
    """Prints the data that processes read (red) and write (blue), with the name of the descriptor and of the process. A
    filter narrows it down. With -pc the container is shown, too: green for the host, cyan for others."""

    category = "I/O"
    summary = "Print the data read and written by processes."
    filter = "evt.is_io=true and evt.dir=< and evt.rawres>0"
    fields = ("evt.is_io_read", "evt.rawarg.res", "fd.name", "proc.name", "container.name", "container.id")
    format = "%evt.arg.data"
    snaplen = 2000

    def on_event(self, event: Event) -> None:
        count = event["evt.rawarg.res"]
        if count is None or count <= 0:
            return
        colour, verb = (self.colours.red, "Read {} from") if event["evt.is_io_read"] else (self.colours.blue, "Write {} to")
        container = ""
        if self.run.containers:
            shade = self.colours.green if event["container.name"] == "host" else self.colours.cyan
            container = f"{shade} [{text(event['container.name'])}] [{text(event['container.id'])}]"
        target = f"{event.get('fd.name', '<NA>')} ({text(event['proc.name'])})"
        self.print(f"{colour}------ {verb.format(size(count))} {container} {colour} {target}")

    def on_end(self) -> None:
        self.print(self.colours.reset)
