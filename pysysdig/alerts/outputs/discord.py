"""Alerts in Discord. Keys: `webhookurl`, `icon`.

An embed has room for 25 fields: what is more is left out, so that the message is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.alerts.forward import Posting, encoded, output_text, rfc3339, strings
from pysysdig.alerts.outputs.slack import ICON
from pysysdig.rules.model import PRIORITIES

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_COLOURS = (15158332, 11027200, 15105570, 15844367, 12745742, 3066993, 3447003, 12370112)  # by priority
_MOST, _LONGEST, _LONGEST_TEXT = 25, 1024, 4096


class Output(Posting):
    """See the module."""

    def body(self, alert: Alert) -> bytes:
        texts = {"rule": alert.rule, "priority": PRIORITIES[alert.priority], "source": alert.source, "hostname": alert.hostname}
        texts |= {name: f"```{value[: _LONGEST - 6]}```" for name, value in strings(alert).items()}
        last = {"tags": ", ".join(sorted(alert.tags)), "time": rfc3339(alert.time)}
        last = {name: value for name, value in last.items() if value}
        shown = [(name, value) for name, value in texts.items() if value][: _MOST - len(last)]
        fields = [{"name": name, "value": value[:_LONGEST], "inline": True} for name, value in (*shown, *last.items())]
        embed = {
            "title": "",
            "url": "",
            "description": output_text(alert)[:_LONGEST_TEXT],
            "color": str(_COLOURS[alert.priority]),
            "fields": fields,
        }
        return encoded({"content": "", "avatar_url": self.text("icon", ICON), "embeds": [embed]})
