"""Marathon Groups (docs/reference/chisels.md, views)."""

from pysysdig.views.model import GROUP, TABLE, Column, View
from pysysdig.views.shared import USE_BY_THREAD, selections

VIEW = View(
    id="marathon_groups",
    name="Marathon Groups",
    kind=TABLE,
    description="Marathon groups and what their containers use.",
    filter="marathon.group.id != ''",
    defaults=True,
    drilldown="marathon_apps",
    applies_to=selections("evt.res marathon.app.id", orchestrators=False),
    columns=(
        *USE_BY_THREAD,
        Column("", "marathon.group.name", role=GROUP),
        Column("ID", "marathon.group.id", width=38),
    ),
)
