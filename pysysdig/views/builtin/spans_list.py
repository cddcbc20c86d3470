"""Spans List (docs/reference/chisels.md, views)."""

from pysysdig.views.model import AVG, KEY, SUM, TABLE, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="spans_list",
    name="Spans List",
    kind=TABLE,
    description="Spans of traces, one row each.",
    tags=("Default",),
    filter="span.ntags>=%depth+1",
    defaults=True,
    deeper=True,
    drilldown="spans_list",
    applies_to=selections(
        "span.tag span.id span.time span.parenttime container.id proc.pid thread.nametid proc.name thread.tid "
        "fd.directory fd.containerdirectory evt.res",
        top=False,
    ),
    columns=(
        Column("", "span.rawtime", role=KEY, filter_field="span.rawparenttime", child_only=True),
        Column("ID", "span.id", width=10),
        Column("TIME", "span.time", width=19),
        Column("DURATION", "span.duration.fortag[%depth]", width=10, aggregation=AVG, sort=True),
        Column("TAG", "span.tag[%depth]", width=32, aggregation=SUM),
        Column("ARGS", "span.enterargs", width=256, aggregation=SUM),
    ),
)
