"""Marathon Apps (docs/reference/chisels.md, views)."""

from pysysdig.views.model import AVG, GROUP, KEY, MAX, REST, SUM, TABLE, TIME_AVG, Column, View

VIEW = View(
    id="marathon_apps",
    name="Marathon Apps",
    kind=TABLE,
    description="Marathon applications and what their containers use.",
    filter="marathon.app.id != ''",
    defaults=True,
    drilldown="mesos_tasks",
    applies_to=(
        "",
        "evt.res",
        "marathon.group.id",
    ),
    columns=(
        Column("", "thread.tid", role=KEY),
        Column("CPU", "thread.cpu", width=8, aggregation=AVG, merge=SUM, sort=True),
        Column("VIRT", "thread.vmsize.b", width=9, aggregation=MAX, merge=SUM),
        Column("RES", "thread.vmrss.b", width=9, aggregation=MAX, merge=SUM),
        Column("FILE", "evt.buflen.file", width=8, aggregation=TIME_AVG, merge=SUM),
        Column("NET", "evt.buflen.net", width=8, aggregation=TIME_AVG, merge=SUM),
        Column("", "marathon.app.id", role=GROUP),
        Column("ID", "marathon.app.id", width=38),
        Column("LABELS", "marathon.app.labels", width=REST),
    ),
)
