"""Notifications (docs/reference/chisels.md, views)."""

from pysysdig.views.model import CONTAINERS, LIST, REST, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="notifications",
    name="Notifications",
    kind=LIST,
    description="Notifications in the stream of events, one line each.",
    tags=("nocsysdig",),
    filter="evt.type=notification",
    defaults=True,
    applies_to=selections("", orchestrators=False),
    columns=(
        Column("TIME", "evt.time", width=12),
        Column("ID", "evt.arg.id", width=24),
        Column("Container", "container.name", width=20, only=CONTAINERS),
        Column("DESCRIPTION", "evt.arg.desc", width=REST),
    ),
)
