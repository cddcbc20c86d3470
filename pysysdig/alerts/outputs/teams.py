"""Alerts in Microsoft Teams, as message cards. Keys: `webhookurl`, `activityimage`, `outputformat` (all, text, facts)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pysysdig.alerts.forward import Posting, encoded, output_text, rfc3339, strings
from pysysdig.alerts.outputs.base import Setting
from pysysdig.rules.model import PRIORITIES

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

COLOURS = ("e20b0b", "ff5400", "ff9000", "ffc700", "ffff00", "5bffb5", "68c2ff", "ccfff2")  # by priority


class Output(Posting):
    """See the module."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._format = self.choice("outputformat", "all", "text", "facts")

    def body(self, alert: Alert) -> bytes:
        section: dict[str, Any] = {"activityTitle": "Falcosidekick", "activitySubtitle": rfc3339(alert.time)}
        if self.text("activityimage"):
            section["activityImage"] = self.text("activityimage")
        if self._format != "facts":
            section["text"] = output_text(alert)
        if self._format != "text":
            facts = {"rule": alert.rule, "priority": PRIORITIES[alert.priority], "source": alert.source}
            facts |= {"hostname": alert.hostname, **strings(alert), "tags": ", ".join(sorted(alert.tags))}
            section["facts"] = [{"name": name, "value": value} for name, value in facts.items() if value]
        card = {"@type": "MessageCard", "summary": output_text(alert), "themeColor": COLOURS[alert.priority]}
        return encoded({**card, "sections": [section]})
