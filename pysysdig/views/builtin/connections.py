"""Connections (docs/reference/chisels.md, views)."""

from pysysdig.views.model import CONTAINERS, KEY, MAX, PLAIN, REST, TABLE, TIME_AVG, Action, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="connections",
    name="Connections",
    kind=TABLE,
    description="Network connections with traffic, and how much goes in and out.",
    tags=("Default", "wsysdig"),
    filter="(fd.type=ipv4 or fd.type=ipv6) and fd.name!=''",
    defaults=True,
    drilldown="incoming_connections",
    applies_to=selections(
        "container.id proc.pid thread.nametid proc.name thread.tid fd.sport fd.sproto fd.dport fd.dproto "
        "fd.port fd.proto fd.lport fd.rport evt.res",
    ),
    columns=(
        Column("", "fd.name", role=KEY, only=PLAIN),
        Column("", "fd.containername", role=KEY, only=CONTAINERS),
        Column("L4PROTO", "fd.l4proto", width=8),
        Column("LIP", "fd.lip", width=17),
        Column("LPORT", "fd.lport", width=8),
        Column("RIP", "fd.rip", width=17),
        Column("RPORT", "fd.rport", width=8),
        Column("BPS IN", "evt.buflen.net.in", width=12, aggregation=TIME_AVG, sort=True),
        Column("BPS OUT", "evt.buflen.net.out", width=12, aggregation=TIME_AVG),
        Column("IOPS", "evt.count", width=12, aggregation=TIME_AVG),
        Column("Container", "container.name", width=20, only=CONTAINERS),
        Column("Command", "proc.exeline", width=REST, aggregation=MAX),
    ),
    actions=(
        Action("c", "tcpdump -niany host %fd.lip and host %fd.rip and port %fd.lport and port %fd.rport"),
        Action("l", "tcpdump -niany host %fd.lip"),
        Action("n", "nslookup %fd.rip"),
        Action("P", "ping %fd.rip"),
        Action("r", "tcpdump -niany host %fd.rip"),
        Action("t", "traceroute %fd.rip"),
    ),
)
