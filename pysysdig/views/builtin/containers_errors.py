"""Containers Errors (docs/reference/chisels.md, views)."""

from pysysdig.views.model import GROUP, KEY, REST, SUM, TABLE, Action, Column, View
from pysysdig.views.shared import container_actions, selections

VIEW = View(
    id="containers_errors",
    name="Containers Errors",
    kind=TABLE,
    description="How many system calls failed in each container, by what they were about.",
    tags=("Default",),
    filter="container.name != host",
    defaults=True,
    drilldown="errors",
    applies_to=selections(
        "container.id fd.name fd.containername fd.sport fd.sproto evt.type fd.directory fd.containerdirectory "
        "fd.containerdirectory",
    ),
    columns=(
        Column("", "proc.pid", role=KEY),
        Column("ID", "container.id", role=GROUP),
        Column("FILE", "evt.count.error.file", width=8, aggregation=SUM, merge=SUM),
        Column("NET", "evt.count.error.net", width=8, aggregation=SUM, merge=SUM),
        Column("MEMORY", "evt.count.error.memory", width=8, aggregation=SUM, merge=SUM),
        Column("OTHER", "evt.count.error.other", width=8, aggregation=SUM, merge=SUM),
        Column("ENGINE", "container.type", width=8),
        Column("ID", "container.id", width=13),
        Column("CONTAINER", "container.name", width=REST),
    ),
    actions=container_actions(Action("s", "docker stats %container.id")),
)
