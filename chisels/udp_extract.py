"""udp_extract: the data of UDP sockets in files."""

from __future__ import annotations

import os

from pysysdig.chisel import Chisel, ChiselError, Event

FOLDER = "udp_dump_files"
_NAMES = str.maketrans({":": "_", ">": "-", "/": "_", "\0": "_"})


class UdpExtract(Chisel):
    """Writes what goes over UDP sockets to files in the directory udp_dump_files, one file for each pair of addresses, named
    after it. Captures only."""

    category = "I/O"
    summary = "Extract data from UDP streams to files."
    filter = "evt.dir=< and evt.rawres>=0 and fd.l4proto=udp and evt.is_io=true"
    fields = ("evt.rawarg.data", "fd.name")
    snaplen = 16384

    def on_start(self) -> None:
        if self.run.live:
            raise ChiselError("live capture not supported")
        os.makedirs(FOLDER, exist_ok=True)
        self._begun: set[str] = set()

    def on_event(self, event: Event) -> None:
        data, name = event["evt.rawarg.data"], event["fd.name"]
        if data is None or not name:
            return
        path = os.path.join(FOLDER, name.translate(_NAMES)[:200])
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_APPEND if path in self._begun else os.O_TRUNC)
        self._begun.add(path)
        with open(os.open(path, flags, 0o644), "wb") as file:
            file.write(data)
