"""Alerts in PagerDuty."""

from __future__ import annotations

from tests.alerts.outputs.sending import document, made, posted


def test_the_event_is_falcosidekicks_and_told_apart() -> None:
    (request,) = posted("pagerduty", {"routingkey": "k"}, "endpoint")
    found = document(request)
    assert (found["routing_key"], found["event_action"], found["dedup_key"]) == ("k", "trigger", "6f1c")
    payload = found["payload"]
    assert (payload["source"], payload["severity"], payload["timestamp"]) == ("falco", "critical", "2019-05-17T15:31:56Z")
    assert payload["custom_details"]["proc.pid"] == 77 and payload["custom_details"]["hostname"] == "h1"


def test_where_it_is() -> None:
    for region, host in (("us", "events.pagerduty.com"), ("EU", "events.eu.pagerduty.com")):
        assert made("pagerduty", {"routingkey": "k", "region": region})._client.where == f"pagerduty: https://{host}"  # type: ignore[attr-defined]
