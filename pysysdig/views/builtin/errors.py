"""Errors (docs/reference/chisels.md, views)."""

from pysysdig.views.model import KEY, REST, SUM, TABLE, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="errors",
    name="Errors",
    kind=TABLE,
    description="Error codes that system calls ended with, and how often.",
    tags=("Default", "wsysdig"),
    filter="evt.res != SUCCESS",
    defaults=True,
    drilldown="procs_errors",
    applies_to=selections(
        "container.id proc.pid thread.nametid proc.name thread.tid fd.sport fd.sproto fd.directory fd.containerdirectory",
    ),
    columns=(
        Column("", "evt.res", role=KEY),
        Column("COUNT", "evt.count", width=12, aggregation=SUM, sort=True),
        Column("ERROR", "evt.res", width=REST),
    ),
)
