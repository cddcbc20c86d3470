"""Slow File I/O (docs/reference/chisels.md, views)."""

from pysysdig.views.model import CONTAINERS, KEY, MAX, REST, TABLE, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="slow_io",
    name="Slow File I/O",
    kind=TABLE,
    description="File I/O that took longer than a millisecond.",
    tags=("Default", "wsysdig"),
    filter="evt.is_io=true and fd.type=file and (not fd.name contains '/dev/') and evt.latency>1000000",
    defaults=True,
    applies_to=selections("container.id proc.pid thread.nametid thread.tid proc.name"),
    columns=(
        Column("", "evt.rawtime", role=KEY),
        Column("TIME", "evt.time", width=12),
        Column("LATENCY", "evt.latency", width=8, sort=True),
        Column("FILENAME", "fd.name", width=32),
        Column("Container", "container.name", width=20, only=CONTAINERS),
        Column("PID", "proc.pid", width=12),
        Column("Command", "proc.exeline", width=REST, aggregation=MAX),
    ),
)
