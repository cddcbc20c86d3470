"""I/O by Type (docs/reference/chisels.md, views)."""

from pysysdig.views.model import KEY, REST, SUM, TABLE, TIME_AVG, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="io_by_type",
    name="I/O by Type",
    kind=TABLE,
    description="I/O by the type of descriptor: files, pipes, sockets and others.",
    tags=("Default", "wsysdig"),
    defaults=True,
    drilldown="procs",
    applies_to=selections("container.id proc.pid thread.nametid proc.name thread.tid fd.sport fd.sproto evt.res"),
    columns=(
        Column("", "fd.type", role=KEY),
        Column("BPS IN", "evt.buflen.in", width=12, aggregation=TIME_AVG),
        Column("BPS OUT", "evt.buflen.out", width=12, aggregation=TIME_AVG),
        Column("IOPS", "evt.count", width=9, aggregation=TIME_AVG, sort=True),
        Column("TIME", "evt.latency", width=9, aggregation=SUM),
        Column("I/O Type", "fd.type", width=REST, aggregation=SUM),
    ),
)
