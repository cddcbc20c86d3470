"""Port bindings (docs/reference/chisels.md, views)."""

from pysysdig.views.model import LIST, MAX, REST, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="port_bindings",
    name="Port bindings",
    kind=LIST,
    description="Ports that processes bind to and give up.",
    tags=("default", "wsysdig", "nocsysdig"),
    filter=(
        "(evt.type=bind and evt.dir=< and (fd.type=ipv4 or fd.type=ipv6)) "
        "or (evt.type=close and evt.dir=> and fd.typechar=2 and fd.type=ipv4)"
    ),
    defaults=True,
    applies_to=selections("", orchestrators=False),
    columns=(
        Column("TIME", "evt.time", width=12),
        Column("OPERATION", "evt.type", width=24),
        Column("PORT", "fd.sport", width=24),
        Column("Command", "proc.exeline", width=REST, aggregation=MAX),
    ),
)
