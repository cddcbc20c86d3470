"""Processes CPU (docs/reference/chisels.md, views)."""

from pysysdig.views.model import AVG, CONTAINERS, GROUP, KEY, MAX, REST, SUM, TABLE, TIME_AVG, Column, View
from pysysdig.views.shared import PROCESS_ACTIONS, selections

VIEW = View(
    id="procs_cpu",
    name="Processes CPU",
    kind=TABLE,
    description="Processes by the CPU time they spend in their own code and in the kernel.",
    tags=("Default", "wsysdig"),
    filter="evt.type!=switch",
    root=True,
    defaults=True,
    drilldown="threads",
    applies_to=selections(
        "container.id fd.name fd.containername fd.sport fd.sproto evt.type fd.directory fd.containerdirectory fd.type",
    ),
    columns=(
        Column("", "thread.tid", role=KEY),
        Column("", "proc.pid", role=GROUP),
        Column("PID", "proc.pid", width=8),
        Column("VPID", "proc.vpid", width=8, only=CONTAINERS),
        Column("TOT", "thread.cpu", width=8, aggregation=AVG, merge=SUM, sort=True),
        Column("USER", "thread.cpu.user", width=8, aggregation=AVG, merge=SUM),
        Column("SYS", "thread.cpu.system", width=8, aggregation=AVG, merge=SUM),
        Column("SYSCALLS", "evt.count", width=9, aggregation=TIME_AVG, merge=SUM),
        Column("CONTAINER", "container.name", width=20, only=CONTAINERS),
        Column("Command", "proc.exeline", width=REST, aggregation=MAX),
    ),
    actions=PROCESS_ACTIONS,
)
