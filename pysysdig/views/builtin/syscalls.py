"""System Calls (docs/reference/chisels.md, views)."""

from pysysdig.views.model import AVG, KEY, SUM, TABLE, TIME_AVG, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="syscalls",
    name="System Calls",
    kind=TABLE,
    description="System calls: how often they are made and how long they take.",
    tags=("Default", "wsysdig"),
    filter="syscall.type exists",
    defaults=True,
    drilldown="syscall_procs",
    applies_to=selections(
        "container.id proc.pid thread.nametid proc.name thread.tid fd.sport fd.sproto fd.name "
        "fd.containername fd.directory fd.containerdirectory evt.res",
    ),
    columns=(
        Column("", "evt.type", role=KEY),
        Column("CALLS/S", "evt.count", width=10, aggregation=TIME_AVG, sort=True),
        Column("TOT TIME", "evt.latency", width=10, aggregation=SUM),
        Column("AVG TIME", "evt.latency", width=10, aggregation=AVG),
        Column("SYSCALL", "evt.type", width=32, aggregation=SUM),
    ),
)
