"""Alerts in Discord."""

from __future__ import annotations

from tests.alerts.outputs.sending import ALERT, document, posted


def test_the_embed_is_falcosidekicks() -> None:
    found = document(posted("discord", {}, "webhookurl")[0])
    (embed,) = found["embeds"]
    assert found["content"] == "" and embed["color"] == "15844367" and embed["description"].endswith("Error below\nsecond")
    assert [(field["name"], field["value"]) for field in embed["fields"]] == [
        ("rule", "My rule, 1"), ("priority", "Error"), ("source", "syscall"), ("hostname", "h1"),
        ("fd.name", "```/bin/<hack>```"), ("k8s.ns.name", "```shop```"), ("proc.aname[2]", '```a "b"```'), ("tags", "a, b"),
        ("time", "2019-05-17T15:31:56.746609Z"),
    ]  # fmt: skip
    assert all(field["inline"] for field in embed["fields"])


def test_discord_takes_no_more_than_25_fields() -> None:
    many = ALERT._replace(fields={f"f{i:02}": "y" * 5000 for i in range(90)}, text="z" * 9999)
    (embed,) = document(posted("discord", {}, "webhookurl", many)[0])["embeds"]
    assert len(embed["fields"]) == 25 and embed["fields"][-1]["name"] == "time" and len(embed["description"]) == 4096
    assert max(len(field["value"]) for field in embed["fields"]) <= 1024
