"""Spectrogram-All (docs/reference/chisels.md, views)."""

from pysysdig.views.model import KEY, SPECTROGRAM, SUM, Column, View
from pysysdig.views.shared import selections

VIEW = View(
    id="spectro_all",
    name="Spectrogram-All",
    kind=SPECTROGRAM,
    description="How long system calls take, as a spectrogram.",
    filter="evt.dir=<",
    applies_to=selections("evt.type", top=False, orchestrators=False),
    columns=(
        Column("", "evt.latency.quantized", role=KEY),
        Column("LATENCY", "evt.latency.quantized"),
        Column("COUNT", "evt.count", width=8, aggregation=SUM),
    ),
)
