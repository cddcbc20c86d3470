"""echo_fds: the data that is read and written, whatever the descriptor."""

from __future__ import annotations

from typing import Any

from pysysdig.chisel import Batch
from pysysdig.chiselkit.families import Coloured, Memo
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

    def on_batch(self, batch: Batch) -> list[str | None]:
        heads = Memo(self._head)  # many events have the same
        return [heads[key] for key in zip(*map(batch.values, self.fields))]

    def _head(self, key: tuple[Any, ...]) -> str | None:
        """The line above the data of an event with these values of the fields."""
        read, count, name, process, container, ident = key
        if count is None or count <= 0:
            return None
        colour, verb = (self.colours.red, "Read {} from") if read else (self.colours.blue, "Write {} to")
        place = ""
        if self.run.containers:
            shade = self.colours.green if container == "host" else self.colours.cyan
            place = f"{shade} [{text(container)}] [{text(ident)}]"
        target = f"{'<NA>' if name is None else name} ({text(process)})"
        return f"{colour}------ {verb.format(size(count))} {place} {colour} {target}"

    def on_end(self) -> None:
        self.print(self.colours.reset)
