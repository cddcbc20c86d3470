"""Syscall Callers (docs/reference/chisels.md, views)."""

from pysysdig.views.model import CONTAINERS, KEY, MAX, REST, SUM, TABLE, TIME_AVG, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="syscall_procs",
    name="Syscall Callers",
    kind=TABLE,
    description="Processes that make a system call, how often and how long it takes.",
    tags=("Default",),
    filter="syscall.type exists",
    defaults=True,
    applies_to=selections("evt.type", top=False, orchestrators=False),
    columns=(
        Column("", "proc.pid", role=KEY),
        Column("CALLS/S", "evt.count", width=10, aggregation=TIME_AVG, sort=True),
        Column("TIME", "evt.latency", width=10, aggregation=SUM),
        Column("Container", "container.name", width=20, only=CONTAINERS),
        Column("Command", "proc.exeline", width=REST, aggregation=MAX),
    ),
)
