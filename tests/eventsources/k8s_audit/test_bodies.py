"""Bodies with audit events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pysysdig.eventsources import jsontext
from pysysdig.eventsources.k8s_audit.bodies import events
from tests.eventsources.audit_events import TIME, audit


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_an_event_is_kept_as_it_came() -> None:
    record = encoded(audit())
    ((time, data, decoded),) = events(record)
    assert (time, data, decoded) == (TIME, record, audit())


def test_lists_and_arrays() -> None:
    bare = {key: value for key, value in audit("get").items() if key != "kind"}
    whole = [audit(), {"kind": "EventList", "items": [bare, audit("delete")]}, [[audit("list")]]]
    found = events(encoded(whole))
    assert [event.decoded["verb"] for event in found] == ["create", "get", "delete", "list"]
    assert json.loads(found[1].data) == bare and b" " not in found[1].data.replace(b"kubectl create", b"")
    assert len(events(encoded({"kind": "EventList", "items": [audit()] * 10_000}))) == 10_000


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"kind": "Pod"}, "no audit event"), ([audit(), {"a": 1}], "no audit event"), (5, "no audit event"),
        ({"kind": "EventList", "items": {}}, "no audit event"), (audit(stageTimestamp=None), "no stageTimestamp"),
        (audit(stageTimestamp="soon"), "RFC 3339"), ({"kind": "EventList", "items": [7]}, "no audit event"),
    ],
)  # fmt: skip
def test_what_cannot_be_used(value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        events(encoded(value))


def test_others_of_a_list_count() -> None:
    found = events(encoded({"kind": "EventList", "items": [audit(), audit(stageTimestamp="?"), 5, audit("get")]}))
    assert [event.decoded["verb"] for event in found] == ["create", "get"]
    assert "stageTimestamp" in getattr(found, "why")  # noqa: B009


def test_nesting() -> None:
    whole: Any = audit()
    for _ in range(500):
        whole = [whole]
    with pytest.raises(ValueError, match="nested"):
        events(encoded(whole))


def test_half_a_surrogate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsontext, "_load", jsontext._slow)  # orjson refuses it
    (event,) = events(encoded([audit("\ud800")]))
    assert json.loads(event.data)["verb"] == "?"
