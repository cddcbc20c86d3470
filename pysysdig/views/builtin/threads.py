"""Threads (docs/reference/chisels.md, views)."""

from pysysdig.views.model import AVG, CONTAINERS, KEY, MAX, REST, TABLE, TIME_AVG, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="threads",
    name="Threads",
    kind=TABLE,
    description="Threads and what they use: CPU, file and network I/O.",
    tags=("Default", "wsysdig"),
    filter="evt.type!=switch",
    root=True,
    defaults=True,
    drilldown="files",
    applies_to=selections(
        "proc.pid thread.nametid proc.name container.id fd.sport fd.sproto fd.name fd.containername "
        "fd.directory fd.containerdirectory evt.res",
    ),
    columns=(
        Column("", "thread.tid", role=KEY),
        Column("PID", "proc.pid", width=8),
        Column("TID", "thread.tid", width=8),
        Column("VPID", "proc.vpid", width=8, only=CONTAINERS),
        Column("VTID", "thread.vtid", width=8, only=CONTAINERS),
        Column("CPU", "thread.cpu", width=8, aggregation=AVG, sort=True),
        Column("FILE", "evt.buflen.file", width=8, aggregation=TIME_AVG),
        Column("NET", "evt.buflen.net", width=8, aggregation=TIME_AVG),
        Column("Container", "container.name", width=20, only=CONTAINERS),
        Column("Command", "proc.exeline", width=REST, aggregation=MAX),
    ),
)
