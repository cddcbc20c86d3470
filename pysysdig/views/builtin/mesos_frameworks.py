"""Mesos Frameworks (docs/reference/chisels.md, views)."""

from pysysdig.views.model import GROUP, TABLE, Column, View
from pysysdig.views.shared import USE_BY_THREAD, selections

VIEW = View(
    id="mesos_frameworks",
    name="Mesos Frameworks",
    kind=TABLE,
    description="Mesos frameworks and what their containers use.",
    filter="mesos.framework.id != ''",
    defaults=True,
    drilldown="mesos_tasks",
    applies_to=selections("evt.res mesos.task.id", orchestrators=False),
    columns=(
        *USE_BY_THREAD,
        Column("", "mesos.framework.name", role=GROUP),
        Column("ID", "mesos.framework.id", width=38),
        Column("NAME", "mesos.framework.name", width=25),
    ),
)
