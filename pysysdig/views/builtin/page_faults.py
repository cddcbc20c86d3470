"""Page Faults (docs/reference/chisels.md, views)."""

from pysysdig.views.model import CONTAINERS, KEY, MAX, REST, TABLE, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="page_faults",
    name="Page Faults",
    kind=TABLE,
    description="Page faults by process.",
    tags=("Default", "wsysdig"),
    filter="evt.type!=switch",
    defaults=True,
    drilldown="errors",
    applies_to=selections(
        "container.id fd.name fd.containername fd.sport fd.sproto evt.type fd.directory fd.containerdirectory",
    ),
    columns=(
        Column("", "proc.pid", role=KEY),
        Column("MAJOR", "thread.pfmajor", width=9, aggregation=MAX, sort=True),
        Column("MINOR", "thread.pfminor", width=9, aggregation=MAX),
        Column("PID", "proc.pid", width=8),
        Column("VPID", "proc.vpid", width=8, only=CONTAINERS),
        Column("Container", "container.name", width=20, only=CONTAINERS),
        Column("Command", "proc.exeline", width=REST, aggregation=MAX),
    ),
)
