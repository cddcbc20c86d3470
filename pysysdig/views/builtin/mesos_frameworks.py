"""Mesos Frameworks (docs/reference/chisels.md, views)."""

from pysysdig.views.model import AVG, GROUP, KEY, MAX, SUM, TABLE, TIME_AVG, Column, View

VIEW = View(
    id="mesos_frameworks",
    name="Mesos Frameworks",
    kind=TABLE,
    description="Mesos frameworks and what their containers use.",
    filter="mesos.framework.id != ''",
    defaults=True,
    drilldown="mesos_tasks",
    applies_to=(
        "",
        "evt.res",
        "mesos.task.id",
    ),
    columns=(
        Column("", "thread.tid", role=KEY),
        Column("CPU", "thread.cpu", width=8, aggregation=AVG, merge=SUM, sort=True),
        Column("VIRT", "thread.vmsize.b", width=9, aggregation=MAX, merge=SUM),
        Column("RES", "thread.vmrss.b", width=9, aggregation=MAX, merge=SUM),
        Column("FILE", "evt.buflen.file", width=8, aggregation=TIME_AVG, merge=SUM),
        Column("NET", "evt.buflen.net", width=8, aggregation=TIME_AVG, merge=SUM),
        Column("", "mesos.framework.name", role=GROUP),
        Column("ID", "mesos.framework.id", width=38),
        Column("NAME", "mesos.framework.name", width=25),
    ),
)
