"""Alerts in Microsoft Teams."""

from __future__ import annotations

from tests.alerts.outputs.sending import document, posted


def test_the_card_is_falcosidekicks() -> None:
    found = document(posted("teams", {"activityimage": "i"}, "webhookurl")[0])
    assert (found["@type"], found["themeColor"]) == ("MessageCard", "ffc700")
    (section,) = found["sections"]
    assert section["activitySubtitle"] == "2019-05-17T15:31:56.746609Z" and section["activityImage"] == "i"
    assert section["facts"][0] == {"name": "rule", "value": "My rule, 1"} and section["facts"][-1] == {
        "name": "tags",
        "value": "a, b",
    }
    assert found["summary"] == section["text"]


def test_less_of_it() -> None:
    assert "facts" not in document(posted("teams", {"outputformat": "text"}, "webhookurl")[0])["sections"][0]
    assert "text" not in document(posted("teams", {"outputformat": "facts"}, "webhookurl")[0])["sections"][0]
