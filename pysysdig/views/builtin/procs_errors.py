"""Processes Errors (docs/reference/chisels.md, views)."""

from pysysdig.views.model import CONTAINERS, KEY, MAX, REST, SUM, TABLE, Column, View
from pysysdig.views.shared import PROCESS_ACTIONS, selections

VIEW = View(
    id="procs_errors",
    name="Processes Errors",
    kind=TABLE,
    description="How many system calls of each process failed, by what they were about.",
    tags=("Default", "wsysdig"),
    filter="evt.type!=switch",
    defaults=True,
    drilldown="errors",
    applies_to=selections(
        "container.id fd.name fd.containername fd.sport fd.sproto evt.type fd.directory fd.containerdirectory",
    ),
    columns=(
        Column("", "proc.pid", role=KEY),
        Column("FILE", "evt.count.error.file", width=8, aggregation=SUM),
        Column("NET", "evt.count.error.net", width=8, aggregation=SUM),
        Column("MEMORY", "evt.count.error.memory", width=8, aggregation=SUM),
        Column("OTHER", "evt.count.error.other", width=8, aggregation=SUM),
        Column("PID", "proc.pid", width=8),
        Column("Container", "container.name", width=20, only=CONTAINERS),
        Column("Command", "proc.exeline", width=REST, aggregation=MAX),
    ),
    actions=PROCESS_ACTIONS,
)
