"""Alerts as log records of OpenTelemetry."""

from __future__ import annotations

from tests.alerts.outputs.sending import ALERT, document, posted


def test_records() -> None:
    (request,) = posted("otlp", {"headers": "x-key=v"}, "endpoint", ALERT, ALERT._replace(priority=0))
    assert request.headers["x-key"] == "v" and request.headers["Content-Type"] == "application/json"
    (resource,) = document(request)["resourceLogs"]
    assert resource["resource"]["attributes"] == [{"key": "service.name", "value": {"stringValue": "falco"}}]
    first, second = resource["scopeLogs"][0]["logRecords"]
    assert (first["timeUnixNano"], first["severityNumber"], second["severityNumber"]) == ("1558107116746609000", 17, 24)
    known = {a["key"]: a["value"]["stringValue"] for a in first["attributes"]}
    assert (known["uuid"], known["tags"], known["proc.pid"]) == ("6f1c", "a,b", "77") and "user.name" not in known
