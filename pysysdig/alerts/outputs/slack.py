"""Alerts in Slack, and what takes the same messages: Mattermost, Rocket.Chat.

Keys: `webhookurl`, `channel`, `username`, `icon`, `footer`, `outputformat` (all, text, fields), `messageformat` (a text in which
{{ .Rule }}, {{ .Priority }}, {{ .Output }}, {{ .Source }}, {{ .Hostname }} and {{ index .OutputFields "NAME" }} are replaced).
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from pysysdig.alerts.forward import Posting, encoded, output_text, plain, strings
from pysysdig.alerts.outputs.base import Setting
from pysysdig.rules.model import PRIORITIES

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_FOOTER = "https://github.com/falcosecurity/falcosidekick"
ICON = "https://raw.githubusercontent.com/falcosecurity/falcosidekick/master/imgs/falcosidekick_color.png"
_COLOURS = ("#e20b0b", "#ff5400", "#ff5400", "#e20b0b", "#ffc700", "#5bffb5", "#68c2ff", "#ccfff2")  # by priority
_SHORT = 36  # characters of a value that another one fits beside
_PLACE = re.compile(r'\{\{-?\s*(?:\.(\w+)|index\s+\.OutputFields\s+"([^"]+)")\s*-?\}\}')


class Output(Posting):
    """See the module."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._format = self.choice("outputformat", "all", "text", "fields")

    def body(self, alert: Alert) -> bytes:
        attachment: dict[str, Any] = {"fallback": output_text(alert), "color": _COLOURS[alert.priority]}
        if self._format != "fields":
            attachment["text"] = output_text(alert)
        if self._format != "text":
            attachment["fields"] = fields(alert)
        attachment["footer"] = self.text("footer", _FOOTER)
        out = {
            "text": message(self.text("messageformat"), alert),
            "username": self.text("username", "Falcosidekick"),
            "icon_url": self.text("icon", ICON),
            "channel": self.text("channel"),
            "attachments": [attachment],
        }
        return encoded({key: value for key, value in out.items() if value})


def fields(alert: Alert) -> list[dict[str, Any]]:
    """What is known of an alert, one entry each."""
    texts = {"rule": alert.rule, "priority": PRIORITIES[alert.priority], "source": alert.source, "hostname": alert.hostname}
    texts["tags"] = ", ".join(sorted(alert.tags))
    out = [{"title": name, "value": value, "short": True} for name, value in texts.items() if value]
    out += [{"title": name, "value": value, "short": len(value) < _SHORT} for name, value in strings(alert).items()]
    seconds, part = divmod(alert.time, 10**9)
    shown = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds)) + f".{part:09}".rstrip("0").rstrip(".")
    out.append({"title": "time", "value": f"{shown} +0000 UTC", "short": False})
    return out


def message(format_: str, alert: Alert) -> str:
    """A message format with the values of an alert."""
    known = {
        "Rule": alert.rule, "Priority": PRIORITIES[alert.priority], "Output": output_text(alert), "Source": alert.source,
        "Hostname": alert.hostname,
    }  # fmt: skip
    return _PLACE.sub(lambda m: known.get(m[1], "") if m[1] else plain(alert.fields.get(m[2])), format_)
