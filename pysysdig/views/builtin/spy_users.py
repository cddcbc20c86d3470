"""Spy Users (docs/reference/chisels.md, views)."""

from pysysdig.views.model import CONTAINERS, LIST, MAX, REST, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="spy_users",
    name="Spy Users",
    kind=LIST,
    description="Commands that people run in their shells, one line each.",
    tags=("Default",),
    filter=(
        "((evt.type=execve and evt.dir=<) or (evt.type=chdir and evt.dir=< and proc.name contains sh "
        "and not proc.name contains sshd)) and evt.failed=false"
    ),
    defaults=True,
    applies_to=selections("container.id proc.pid thread.nametid thread.tid proc.name"),
    columns=(
        Column("TIME", "evt.time", width=12),
        Column("USER", "user.name", width=12),
        Column("SHELL", "proc.ppid", width=8),
        Column("Container", "container.name", width=20, only=CONTAINERS),
        Column("Command", "proc.exeline", width=REST, aggregation=MAX),
    ),
)
