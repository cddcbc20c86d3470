"""Spans Summary (docs/reference/chisels.md, views)."""

from pysysdig.views.model import AVG, KEY, MAX, MIN, SUM, TABLE, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="spans_summary",
    name="Spans Summary",
    kind=TABLE,
    description="Spans of traces, summed up by their tag.",
    tags=("Default",),
    filter="span.ntags>=%depth+1",
    defaults=True,
    deeper=True,
    drilldown="spans_summary",
    applies_to=selections(
        "span.tag span.id span.time span.parenttime container.id proc.pid thread.nametid proc.name thread.tid "
        "fd.directory fd.containerdirectory evt.res",
        top=False,
    ),
    columns=(
        Column("", "span.tag[%depth]", role=KEY),
        Column("HITS", "span.count.fortag[%depth]", width=10, aggregation=SUM, sort=True),
        Column("AVG TIME", "span.duration.fortag[%depth]", width=10, aggregation=AVG),
        Column("MIN TIME", "span.duration.fortag[%depth]", width=10, aggregation=MIN),
        Column("MAX TIME", "span.duration.fortag[%depth]", width=10, aggregation=MAX),
        Column("CHD HITS", "span.childcount.fortag[%depth]", width=10, aggregation=SUM),
        Column("TAG", "span.tag[%depth]", width=256, aggregation=SUM),
    ),
)
