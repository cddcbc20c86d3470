"""Containers (docs/reference/chisels.md, views)."""

from pysysdig.views.model import AVG, GROUP, KEY, MAX, REST, SUM, TABLE, TIME_AVG, Action, Column, View
from pysysdig.views.shared import selections

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
    actions=(
        Action("a", "docker attach %container.id"),
        Action("b", "docker exec -i -t %container.id /bin/bash"),
        Action("f", "docker logs -f %container.id"),
        Action("h", "docker history %container.image"),
        Action("i", "docker inspect %container.id"),
        Action("k", "docker kill %container.id", confirm=True),
        Action("l", "docker logs %container.id"),
        Action("s", "docker stop %container.id"),
        Action("z", "docker pause %container.id"),
        Action("u", "docker unpause %container.id"),
        Action("w", "docker wait %container.id"),
    ),
)
