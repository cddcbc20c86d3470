"""Where alerts can go. An output is one module here, with a class named `Output`, and one row of OUTPUTS."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """An output: the key of Falco's configuration is NAME_output; `default`: whether it is enabled if that says nothing."""

    name: str
    module: str
    default: bool = False


OUTPUTS = (
    Row("stdout", "pysysdig.alerts.outputs.stdout", default=True),
    Row("file", "pysysdig.alerts.outputs.file"),
    Row("program", "pysysdig.alerts.outputs.program"),
)
MISSING = ("syslog", "http", "grpc")  # Falco has them
