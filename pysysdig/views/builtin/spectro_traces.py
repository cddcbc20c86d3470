"""Traces Spectrogram (docs/reference/chisels.md, views)."""

from pysysdig.views.model import KEY, SPECTROGRAM, SUM, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="spectro_traces",
    name="Traces Spectrogram",
    kind=SPECTROGRAM,
    description="How long traces take, as a spectrogram.",
    filter="span.ntags=%depth+1",
    propagate_filter=False,
    drilldown="spans_list",
    applies_to=selections(
        "span.tag span.id container.id proc.pid thread.nametid thread.tid proc.name evt.res fd.name "
        "fd.containername fd.directory fd.containerdirectory fd.containerdirectory",
    ),
    columns=(
        Column("", "span.duration.quantized", role=KEY),
        Column("LATENCY", "span.duration.quantized"),
        Column("COUNT", "evt.count", aggregation=SUM),
    ),
)
