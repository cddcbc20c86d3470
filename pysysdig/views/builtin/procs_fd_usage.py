"""Processes FD Usage (docs/reference/chisels.md, views)."""

from pysysdig.views.model import CONTAINERS, KEY, MAX, REST, TABLE, Column, View
from pysysdig.views.shared import PROCESS_ACTIONS, selections

VIEW = View(
    id="procs_fd_usage",
    name="Processes FD Usage",
    kind=TABLE,
    description="How many descriptors each process has open, and how many it may have.",
    tags=("Default",),
    filter="evt.type!=switch",
    root=True,
    defaults=True,
    drilldown="io_by_type",
    applies_to=selections(
        "container.id fd.name fd.containername fd.sport fd.sproto evt.type fd.directory fd.containerdirectory fd.type",
    ),
    columns=(
        Column("", "proc.pid", role=KEY),
        Column("PID", "proc.pid", width=8),
        Column("VPID", "proc.vpid", width=8, only=CONTAINERS),
        Column("OPEN", "proc.fdopencount", width=8, aggregation=MAX, sort=True),
        Column("MAX", "proc.fdlimit", width=8, aggregation=MAX),
        Column("PCT", "proc.fdusage", width=8, aggregation=MAX),
        Column("The container this process belongs to.", "container.name", width=20, only=CONTAINERS),
        Column("Command", "proc.exeline", width=REST, aggregation=MAX),
    ),
    actions=PROCESS_ACTIONS,
)
