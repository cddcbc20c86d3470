"""Mesos Tasks (docs/reference/chisels.md, views)."""

from pysysdig.views.model import GROUP, REST, TABLE, Column, View
from pysysdig.views.shared import USE_BY_THREAD, selections

VIEW = View(
    id="mesos_tasks",
    name="Mesos Tasks",
    kind=TABLE,
    description="Mesos tasks and what their containers use.",
    filter="mesos.task.id != ''",
    defaults=True,
    drilldown="containers",
    applies_to=selections("evt.res mesos.framework.id", orchestrators=False),
    columns=(
        *USE_BY_THREAD,
        Column("", "mesos.task.id", role=GROUP),
        Column("ID", "mesos.task.id", width=38),
        Column("NAME", "mesos.task.name", width=25),
        Column("LABELS", "mesos.task.labels", width=REST),
    ),
)
