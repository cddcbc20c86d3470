"""Where alerts can go. An output is one module here, with a class named `Output`, and one row of OUTPUTS."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """An output: the key of Falco's configuration is NAME_output; `default`: whether it is enabled if that says nothing;
    `network`: what it cannot deliver now is kept until it can."""

    name: str
    module: str
    default: bool = False
    network: bool = False


OUTPUTS = (
    Row("stdout", "pysysdig.alerts.outputs.stdout", default=True),
    Row("file", "pysysdig.alerts.outputs.file"),
    Row("syslog", "pysysdig.alerts.outputs.syslog"),
    Row("journald", "pysysdig.alerts.outputs.journald"),
    Row("program", "pysysdig.alerts.outputs.program"),
    Row("http", "pysysdig.alerts.outputs.http", network=True),
)
MISSING = ("grpc",)  # Falco had it
