"""Server Ports (docs/reference/chisels.md, views)."""

from pysysdig.views.model import KEY, SUM, TABLE, TIME_AVG, Action, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="sports",
    name="Server Ports",
    kind=TABLE,
    description="Server ports with traffic, and how much goes in and out.",
    tags=("wsysdig",),
    filter="(fd.type=ipv4 or fd.type=ipv6) and fd.name!=''",
    defaults=True,
    drilldown="connections",
    applies_to=selections("container.id proc.pid thread.nametid thread.tid proc.name evt.res"),
    columns=(
        Column("", "fd.sport", role=KEY),
        Column("SPORT", "fd.sport", width=8),
        Column("BPS IN", "evt.buflen.net.in", width=12, aggregation=TIME_AVG, sort=True),
        Column("BPS OUT", "evt.buflen.net.out", width=12, aggregation=TIME_AVG),
        Column("IO CALLS", "evt.count", width=12, aggregation=SUM),
    ),
    actions=(Action("t", "tcpdump -niany port %fd.sport"),),
)
