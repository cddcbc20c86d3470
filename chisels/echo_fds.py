"""echo_fds: the data that is read and written, whatever the descriptor."""

from __future__ import annotations

from collections.abc import Sequence

from pysysdig.chisel import Batch
from pysysdig.chiselkit.families import Coloured
from pysysdig.chiselkit.lines import Lines, told
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

    def on_batch(self, batch: Batch) -> Sequence[str | None]:
        counts, valid = batch.numbers("evt.rawarg.res")
        told_of = valid & (counts > 0)
        if told_of.all():
            return self._heads(batch)
        heads = iter(self._heads(batch.where(told_of)))
        return [next(heads) if one else None for one in told_of.tolist()]

    def _heads(self, batch: Batch) -> Lines:
        """The line above the data of each event."""
        pieces = [told(batch, ("evt.is_io_read", "evt.rawarg.res"), self._what)]
        if self.run.containers:
            pieces.append(told(batch, ("container.name", "container.id"), self._place))
        pieces += [
            told(batch, ("evt.is_io_read",), lambda read: f" {self._colour(read)} "),
            told(batch, ("fd.name",), lambda name: "<NA>" if name is None else name),
            told(batch, ("proc.name",), lambda name: f" ({text(name)})"),
        ]
        return Lines(pieces, len(batch))

    def _colour(self, read: bool | None) -> str:
        return self.colours.red if read else self.colours.blue

    def _what(self, read: bool | None, count: int) -> str:
        return f"{self._colour(read)}------ {'Read' if read else 'Write'} {size(count)} {'from' if read else 'to'} "

    def _place(self, container: str | None, ident: str | None) -> str:
        shade = self.colours.green if container == "host" else self.colours.cyan
        return f"{shade} [{text(container)}] [{text(ident)}]"

    def on_end(self) -> None:
        self.print(self.colours.reset)
