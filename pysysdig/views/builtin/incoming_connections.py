"""New Connections (docs/reference/chisels.md, views)."""

from pysysdig.views.model import CONTAINERS, LIST, MAX, REST, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="incoming_connections",
    name="New Connections",
    kind=LIST,
    description="Connections as they are accepted, one line each.",
    tags=("Default",),
    filter="evt.type=accept and evt.dir=< and evt.failed=false",
    applies_to=selections(
        "container.id proc.pid thread.nametid thread.tid proc.name fd.name fd.containername fd.sport "
        "fd.sproto fd.dport fd.port fd.lport fd.rport",
    ),
    columns=(
        Column("TIME", "evt.time", width=19),
        Column("Connection", "fd.name", width=40),
        Column("Container", "container.name", width=20, only=CONTAINERS),
        Column("Command", "proc.exeline", width=REST, aggregation=MAX),
    ),
)
