"""Socket Queues (docs/reference/chisels.md, views)."""

from pysysdig.views.model import AVG, KEY, TABLE, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="backlog",
    name="Socket Queues",
    kind=TABLE,
    description="How full the queues of listening sockets are: connections that wait to be accepted.",
    tags=("Default",),
    filter="evt.type=accept",
    defaults=True,
    drilldown="connections",
    applies_to=selections("proc.pid proc.name fd.sport fd.sproto", orchestrators=False),
    columns=(
        Column("", "fd.sport", role=KEY),
        Column("PID", "proc.pid", width=15),
        Column("PORT", "fd.sport", width=15),
        Column("BACKLOG", "evt.arg[3]", width=15, aggregation=AVG, sort=True),
        Column("BACKLOG_PCT", "evt.arg[2]", width=15, aggregation=AVG),
        Column("BACKLOG_MAX", "evt.arg[4]", width=15),
        Column("PROC", "proc.name", width=50),
    ),
)
