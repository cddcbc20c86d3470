"""Alerts on standard output. On a terminal, what could run commands of it is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.alerts.outputs.base import AlertOutput, Setting
from pysysdig.output.terminal import printable, printable_json

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert


class Output(AlertOutput):
    """See the module."""

    def __init__(self, setting: Setting) -> None:
        self._out = setting.out
        self._safe = printable_json if setting.json else printable

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        text = "".join(lines)
        self._out.write(self._safe(text) if self._out.terminal else text)
