"""around: saves what happens before and after chosen events."""

from __future__ import annotations

from pysysdig.chisel import ChiselError, Event
from pysysdig.chiselkit.families import Exporter, dump_file, dump_range


class Around(Exporter):
    """For every event that the filter of the command line matches, saves the events of the same thread in the time around it
    to a file: -c around "out.scap 500" evt.type=open and evt.failed=true keeps a second around every open that fails."""

    category = "Misc"
    summary = "Save to a file what the same thread does around the events that the filter matches."
    fields = ("proc.name", "thread.tid", "evt.time")
    dump_file_name = dump_file(optional=False)
    dump_range_ms = dump_range()

    def configure(self) -> None:
        if not self.run.filter:
            raise ChiselError("no filter specified")
        if self.run.live:
            raise ChiselError("live capture not supported")

    def on_event(self, event: Event) -> None:
        if event["thread.tid"] is None:
            return
        self.print(f"{event['evt.time']} {event.get('proc.name', '<NA>')}({event['thread.tid']})")
        self.remember(event)

    def on_end(self) -> None:
        self.export(f"\nSaving events around {{}} syslog entries to {self.dump_file_name}")
