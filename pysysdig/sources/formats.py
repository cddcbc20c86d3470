"""The formats of captures. A format is one package and one row here; it is read, written or both."""

from __future__ import annotations

import re
from typing import NamedTuple


class Format(NamedTuple):
    r"""A format.

    name     what it is called with --write-format
    title    whose it is, for --help
    magic    how its files begin
    reader   a module with `capture_of(source)`, which makes a Capture (sources.section) of a Source (sources.input) or raises
             CaptureError; "": it is not read
    writer   a module with `writer_of(how)`, which makes a Writer (sources.writing); "": it is not written
    names    a regular expression: how the names of files end that are written in it unless another format is asked for; "": all
             that no other row claims
    """

    name: str
    title: str
    magic: bytes
    reader: str
    writer: str
    names: str


FORMATS = (
    Format("scap", "sysdig's", b"\n\r\r\n", "pysysdig.scap.reader", "pysysdig.scap.target", r"\.s?cap(\.gz)?"),
    Format("pscap", "our own", b"\x94\xa5pscap", "pysysdig.trace.reader", "pysysdig.trace.target", ""),  # as trace.frames begins
)


def written() -> tuple[Format, ...]:
    """Those that can be written."""
    return tuple(f for f in FORMATS if f.writer)


def format_to_write(name: str, path: str) -> Format:
    """The format of this name, "" = the one that the name of the file asks for. Raises KeyError."""
    rows = written()
    if name:
        return {f.name: f for f in rows}[name]
    fits = [f for f in rows if re.search(f"(?:{f.names})$", path, re.ASCII)]
    return max(fits, key=lambda f: len(f.names))
