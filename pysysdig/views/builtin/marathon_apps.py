"""Marathon Apps (docs/reference/chisels.md, views)."""

from pysysdig.views.model import GROUP, REST, TABLE, Column, View
from pysysdig.views.shared import USE_BY_THREAD, selections

VIEW = View(
    id="marathon_apps",
    name="Marathon Apps",
    kind=TABLE,
    description="Marathon applications and what their containers use.",
    filter="marathon.app.id != ''",
    defaults=True,
    drilldown="mesos_tasks",
    applies_to=selections("evt.res marathon.group.id", orchestrators=False),
    columns=(
        *USE_BY_THREAD,
        Column("", "marathon.app.id", role=GROUP),
        Column("ID", "marathon.app.id", width=38),
        Column("LABELS", "marathon.app.labels", width=REST),
    ),
)
