"""File Opens List (docs/reference/chisels.md, views)."""

from pysysdig.views.model import CONTAINERS, LIST, MAX, REST, Action, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="file_opens",
    name="File Opens List",
    kind=LIST,
    description="Files as they are opened, one line each.",
    tags=("Default",),
    filter="evt.type=open and evt.dir=<",
    applies_to=selections(
        "container.id proc.pid thread.nametid proc.name thread.tid fd.sport fd.sproto fd.name "
        "fd.containername fd.directory fd.containerdirectory evt.res",
    ),
    columns=(
        Column("TIME", "evt.time", width=19),
        Column("RES", "evt.res", width=8),
        Column("FILE", "fd.name", width=40),
        Column("Container", "container.name", width=20, only=CONTAINERS),
        Column("Command", "proc.exeline", width=REST, aggregation=MAX),
    ),
    actions=(Action("l", "less %fd.name"),),
)
