"""Marathon Groups (docs/reference/chisels.md, views)."""

from pysysdig.views.model import AVG, GROUP, KEY, MAX, SUM, TABLE, TIME_AVG, Column, View

VIEW = View(
    id="marathon_groups",
    name="Marathon Groups",
    kind=TABLE,
    description="Marathon groups and what their containers use.",
    filter="marathon.group.id != ''",
    defaults=True,
    drilldown="marathon_apps",
    applies_to=(
        "",
        "evt.res",
        "marathon.app.id",
    ),
    columns=(
        Column("", "thread.tid", role=KEY),
        Column("CPU", "thread.cpu", width=8, aggregation=AVG, merge=SUM, sort=True),
        Column("VIRT", "thread.vmsize.b", width=9, aggregation=MAX, merge=SUM),
        Column("RES", "thread.vmrss.b", width=9, aggregation=MAX, merge=SUM),
        Column("FILE", "evt.buflen.file", width=8, aggregation=TIME_AVG, merge=SUM),
        Column("NET", "evt.buflen.net", width=8, aggregation=TIME_AVG, merge=SUM),
        Column("", "marathon.group.name", role=GROUP),
        Column("ID", "marathon.group.id", width=38),
    ),
)
