"""spy_file: what is read from and written to files."""

from __future__ import annotations

from pysysdig.chisel import Arg, Batch, Chisel
from pysysdig.chiselkit.families import Memo
from pysysdig.chiselkit.text import size, text

# terminals could show this chisel's own output
_NO_TERMINALS = "(not fd.name contains /dev/pt and not fd.name contains /dev/tty) and "


class SpyFile(Chisel):
    """Prints every read and write of files: time, process, R or W, size, file name and data. It can be narrowed to reads or
    writes, and to one file; without a file name terminals are left out."""

    category = "I/O"
    summary = "Print whatever any process reads from or writes to files, or to one file."
    snaplen = 2000
    buffers = "ascii"
    fields = ("evt.arg.data", "fd.name", "evt.is_io_write", "proc.pid", "proc.name", "evt.rawarg.res", "evt.time")
    read_or_write = Arg("R for reads only, W for writes only, RW for both (the default)", optional=True, default="RW")
    spy_on_file_name = Arg("the name of the only file to watch", optional=True)

    def configure(self) -> None:
        which = {"r": "evt.is_io_read", "w": "evt.is_io_write"}.get(self.read_or_write.lower(), "evt.is_io")
        name = f"(fd.name={self.spy_on_file_name}) and " if self.spy_on_file_name else _NO_TERMINALS
        self.filter = f"{name}{which}=true and fd.type=file and evt.dir=< and evt.failed=false"

    def on_batch(self, batch: Batch) -> None:
        about = Memo(lambda key: f"{text(key[0])}({text(key[1])}) {'W' if key[2] else 'R'} {size(key[3] or 0)} {text(key[4])}")
        keys = zip(*map(batch.values, ("proc.name", "proc.pid", "evt.is_io_write", "evt.rawarg.res", "fd.name")))
        times, data = batch.values("evt.time"), batch.values("evt.arg.data")
        self.print_lines(batch, [f"{time} {about[key]} {text(d)}" for time, key, d in zip(times, keys, data)])
