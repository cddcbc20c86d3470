"""Alerts in the system log, with the severity of their priority."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.alerts.outputs.base import AlertOutput, Setting
from pysysdig.alerts.syslog import PATH, SystemLog

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert


class Output(AlertOutput):
    """See the module. `socket`: where it listens, /dev/log if nothing is said (not a key of Falco's)."""

    one_by_one = True

    def __init__(self, setting: Setting) -> None:
        self._log = SystemLog(setting.text("socket") or PATH)

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        for alert, line in zip(alerts, lines):
            self._log.send(alert.priority, line.rstrip("\n"))

    def close(self) -> None:
        self._log.close()
