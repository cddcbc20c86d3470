"""Processes (docs/reference/chisels.md, views)."""

from pysysdig.views.model import AVG, CONTAINERS, GROUP, KEY, MAX, REST, SUM, TABLE, TIME_AVG, Action, Column, View
from pysysdig.views.shared import PROCESS_ACTIONS, selections

VIEW = View(
    id="procs",
    name="Processes",
    kind=TABLE,
    description="Processes and what they use: CPU, memory, file and network I/O.",
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
        Column("PID", "proc.pid", width=7),
        Column("PPID", "proc.ppid", width=7),
        Column("VPID", "proc.vpid", width=8, only=CONTAINERS),
        Column("CPU", "thread.cpu", width=8, aggregation=AVG, merge=SUM, sort=True),
        Column("USER", "user.name", width=12),
        Column("TH", "proc.nthreads", width=5, aggregation=MAX, merge=MAX),
        Column("VIRT", "thread.vmsize.b", width=9, aggregation=MAX, merge=MAX),
        Column("RES", "thread.vmrss.b", width=9, aggregation=MAX, merge=MAX),
        Column("FILE", "evt.buflen.file", width=8, aggregation=TIME_AVG, merge=SUM),
        Column("NET", "evt.buflen.net", width=8, aggregation=TIME_AVG, merge=SUM),
        Column("CONTAINER", "container.name", width=20, only=CONTAINERS),
        Column("Command", "proc.exeline", width=REST, aggregation=MAX),
    ),
    actions=(
        *PROCESS_ACTIONS,
        Action("f", "lsof -p %proc.pid"),
        Action("[", "renice --relative 1 -p %proc.pid"),
        Action("]", "renice --relative -1 -p %proc.pid"),
    ),
)
