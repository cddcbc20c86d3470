"""Containers (docs/reference/chisels.md, views)."""

from pysysdig.views.model import AVG, GROUP, KEY, MAX, REST, SUM, TABLE, TIME_AVG, Action, Column, View
from pysysdig.views.shared import container_actions, selections

VIEW = View(
    id="containers",
    name="Containers",
    kind=TABLE,
    description="Containers and what they use: CPU, memory, file and network I/O.",
    tags=("wsysdig",),
    filter="container.name != host",
    defaults=True,
    drilldown="procs",
    applies_to=selections("evt.res"),
    columns=(
        Column("", "thread.tid", role=KEY),
        Column("CPU", "thread.cpu", width=8, aggregation=AVG, merge=SUM, sort=True),
        Column("PROCS", "evt.count.procinfo", width=8, aggregation=AVG, merge=SUM),
        Column("THREADS", "evt.count.threadinfo", width=8, aggregation=AVG, merge=SUM),
        Column("VIRT", "thread.vmsize.b", width=9, aggregation=MAX, merge=SUM),
        Column("RES", "thread.vmrss.b", width=9, aggregation=MAX, merge=SUM),
        Column("FILE", "evt.buflen.file", width=8, aggregation=TIME_AVG, merge=SUM),
        Column("NET", "evt.buflen.net", width=8, aggregation=TIME_AVG, merge=SUM),
        Column("", "container.id", role=GROUP),
        Column("ENGINE", "container.type", width=8),
        Column("IMAGE", "container.image", width=30),
        Column("ID", "container.id", width=13),
        Column("NAME", "container.name", width=REST),
    ),
    actions=container_actions(Action("s", "docker stop %container.id")),
)
