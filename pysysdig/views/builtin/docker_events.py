"""Docker Events (docs/reference/chisels.md, views)."""

from pysysdig.views.model import LIST, REST, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="docker_events",
    name="Docker Events",
    kind=LIST,
    description="What the container engine reported.",
    tags=("Default", "nocsysdig"),
    filter="evt.type=infra",
    defaults=True,
    applies_to=selections("", orchestrators=False),
    columns=(
        Column("TIME", "evt.time", width=18),
        Column("EVENT TYPE", "evt.arg.name", width=20),
        Column("CONTAINER ID", "evt.infra.docker.container.id", width=20),
        Column("CONTAINER IMAGE", "evt.infra.docker.container.image", width=20),
        Column("CONTAINER NAME", "evt.infra.docker.container.name", width=REST),
    ),
)
