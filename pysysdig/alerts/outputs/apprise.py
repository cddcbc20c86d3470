"""Alerts through Apprise, which knows more than a hundred chat and notification services. Keys: `urls` (a list, or one a line).

Needs the extra `apprise`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.alerts.forward import Forward, output_text
from pysysdig.alerts.outputs.base import Setting
from pysysdig.errors import PysysdigError, UsageError
from pysysdig.extras import require
from pysysdig.rules.config_tree import items, text
from pysysdig.rules.model import PRIORITIES

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_KINDS = ("failure", "failure", "failure", "failure", "warning", "info", "info", "info")  # by priority


class Output(Forward):
    """See the module."""

    one_by_one = True

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._apprise = require("apprise", "apprise").Apprise()
        given = setting.section.get("urls")
        urls = [text(url) for url in items(given)] if isinstance(given, list) else self.required("urls").split()
        for url in urls:
            if not self._apprise.add(url):
                raise UsageError(f"configuration: {self.name}: {url.partition(':')[0]}: is not a URL that Apprise knows")

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        for alert in map(self.completed, alerts):
            title = f"{PRIORITIES[alert.priority]}: {alert.rule}"
            if not self._apprise.notify(body=output_text(alert), title=title, notify_type=_KINDS[alert.priority]):
                raise PysysdigError(f"{self.name}: not every service has taken the alert")
