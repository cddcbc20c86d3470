"""memcachelog: gets and sets of memcached."""

from __future__ import annotations

import re

from pysysdig.chisel import INT, Arg, Batch, Chisel, Event
from pysysdig.chiselkit.text import parsed

_COMMAND = re.compile("[gs]et")


class MemcacheLog(Chisel):
    """Shows the get and set commands that memcached is sent: all of them, one kind only, or sets from a size on."""

    category = "Application"
    summary = "memcached requests log"
    filter = "(fd.sport=11211 or proc.name=memcached) and evt.is_io=true"
    fields = ("evt.arg[1]", "evt.datetime")
    snaplen = 4096
    method = Arg("get or set", optional=True)
    size = Arg("smallest size of a set, in bytes", type=INT, optional=True, default=0)

    def on_batch(self, batch: Batch) -> None:
        for event, value in zip(batch, batch.values("evt.arg[1]")):
            if value and _COMMAND.match(value):
                self._command(event, value.split(" "))

    def _command(self, event: Event, words: list[str]) -> None:
        if len(words) < 2:
            return
        size = int(parsed(words[4]) or 0) if len(words) > 4 else 0
        if (self.method and words[0] != self.method) or (self.method == "set" and size < self.size):
            return
        self.print(f"{event['evt.datetime']} method={words[0]} size={size}B key={words[1]}", at=event)
