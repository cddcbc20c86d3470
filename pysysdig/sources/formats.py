"""The formats of captures that can be read. A format is one package and one row here."""

from __future__ import annotations

from typing import NamedTuple


class Format(NamedTuple):
    """A format.

    name     what it is called
    magic    how its files begin; b"": any file that begins as no other format does
    module   has `capture_of(source)`, which makes a Capture (sources.section) of a Source (sources.input). Raises CaptureError
    """

    name: str
    magic: bytes
    module: str


FORMATS = (
    Format("pscap", b"\x94\xa5pscap", "pysysdig.trace.reader"),  # how trace.frames begins
    Format("scap", b"", "pysysdig.scap.reader"),
)
