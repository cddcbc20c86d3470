"""Mesos Tasks (docs/reference/chisels.md, views)."""

from pysysdig.views.model import AVG, GROUP, KEY, MAX, REST, SUM, TABLE, TIME_AVG, Column, View

VIEW = View(
    id="mesos_tasks",
    name="Mesos Tasks",
    kind=TABLE,
    description="Mesos tasks and what their containers use.",
    filter="mesos.task.id != ''",
    defaults=True,
    drilldown="containers",
    applies_to=(
        "",
        "evt.res",
        "mesos.framework.id",
    ),
    columns=(
        Column("", "thread.tid", role=KEY),
        Column("CPU", "thread.cpu", width=8, aggregation=AVG, merge=SUM, sort=True),
        Column("VIRT", "thread.vmsize.b", width=9, aggregation=MAX, merge=SUM),
        Column("RES", "thread.vmrss.b", width=9, aggregation=MAX, merge=SUM),
        Column("FILE", "evt.buflen.file", width=8, aggregation=TIME_AVG, merge=SUM),
        Column("NET", "evt.buflen.net", width=8, aggregation=TIME_AVG, merge=SUM),
        Column("", "mesos.task.id", role=GROUP),
        Column("ID", "mesos.task.id", width=38),
        Column("NAME", "mesos.task.name", width=25),
        Column("LABELS", "mesos.task.labels", width=REST),
    ),
)
