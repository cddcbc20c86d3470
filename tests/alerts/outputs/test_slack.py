"""Alerts in Slack."""

from __future__ import annotations

import pytest

from tests.alerts.outputs.sending import ALERT, document, posted


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def test_the_message_is_falcosidekicks() -> None:
    (request,) = posted("slack", {}, "webhookurl")
    text = "15:31:56.746609000: Error Error below\nsecond"
    assert document(request) == {
        "username": "Falcosidekick",
        "icon_url": "https://raw.githubusercontent.com/falcosecurity/falcosidekick/master/imgs/falcosidekick_color.png",
        "attachments": [{
            "fallback": text, "color": "#e20b0b", "text": text,
            "fields": [
                {"title": "rule", "value": "My rule, 1", "short": True}, {"title": "priority", "value": "Error", "short": True},
                {"title": "source", "value": "syscall", "short": True}, {"title": "hostname", "value": "h1", "short": True},
                {"title": "tags", "value": "a, b", "short": True}, {"title": "fd.name", "value": "/bin/<hack>", "short": True},
                {"title": "k8s.ns.name", "value": "shop", "short": True},
                {"title": "proc.aname[2]", "value": 'a "b"', "short": True},
                {"title": "time", "value": "2019-05-17 15:31:56.746609 +0000 UTC", "short": False},
            ],
            "footer": "https://github.com/falcosecurity/falcosidekick",
        }],
    }  # fmt: skip


def test_options() -> None:
    section = {
        "channel": "#c", "outputformat": "text", "username": "me", "footer": "f",
        "messageformat": 'Alert: *{{ .Rule }}* in {{ index .OutputFields "k8s.ns.name" }}{{ .Nothing }}',
    }  # fmt: skip
    found = document(posted("slack", section, "webhookurl")[0])
    assert found["text"] == "Alert: *My rule, 1* in shop" and (found["channel"], found["username"]) == ("#c", "me")
    assert found["attachments"][0].keys() == {"fallback", "color", "text", "footer"}
    found = document(posted("slack", {"outputformat": "fields"}, "webhookurl", ALERT._replace(priority=7))[0])
    assert "text" not in found["attachments"][0] and found["attachments"][0]["color"] == "#ccfff2"


def test_long_values_stand_alone() -> None:
    found = document(posted("slack", {}, "webhookurl", ALERT._replace(fields={"a": "x" * 36}))[0])
    assert found["attachments"][0]["fields"][5] == {"title": "a", "value": "x" * 36, "short": False}
