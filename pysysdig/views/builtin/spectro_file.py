"""Spectrogram-File (docs/reference/chisels.md, views)."""

from pysysdig.views.model import KEY, SPECTROGRAM, SUM, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="spectro_file",
    name="Spectrogram-File",
    kind=SPECTROGRAM,
    description="How long file I/O takes, as a spectrogram.",
    filter="evt.dir=< and fd.type=file",
    applies_to=selections(
        "container.id proc.pid thread.nametid thread.tid proc.name evt.res fd.name fd.containername "
        "fd.directory fd.containerdirectory fd.containerdirectory",
    ),
    columns=(
        Column("", "evt.latency.quantized", role=KEY),
        Column("LATENCY", "evt.latency.quantized"),
        Column("COUNT", "evt.count", width=8, aggregation=SUM),
    ),
)
