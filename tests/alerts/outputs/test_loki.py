"""Alerts in Loki."""

from __future__ import annotations

import json

from tests.alerts.outputs.sending import ALERT, document, posted


def test_streams() -> None:
    section = {"tenant": "t", "user": "u", "apikey": "k", "extralabels": "proc.aname[2]"}
    (request,) = posted("loki", section, "hostport", ALERT, ALERT._replace(time=1), ALERT._replace(rule="R2", fields={}))
    assert request.path == "/loki/api/v1/push" and request.headers["X-Scope-OrgID"] == "t"
    assert request.headers["Authorization"] == "Basic dTpr" and request.headers["Content-Type"] == "application/json"
    one, two = document(request)["streams"]
    assert one["stream"] == {
        "rule": "My rule, 1", "source": "syscall", "priority": "Error", "k8s_ns_name": "shop", "hostname": "h1", "tags": "a,b",
        "proc_aname2": 'a "b"',
    }  # fmt: skip
    assert [value[0] for value in one["values"]] == ["1558107116746609000", "1"] and two["stream"]["rule"] == "R2"
    assert one["values"][0][1].endswith("Error Error below\nsecond")


def test_lines_of_json() -> None:
    (request,) = posted("loki", {"format": "json"}, "hostport")
    assert json.loads(document(request)["streams"][0]["values"][0][1])["uuid"] == "6f1c"
