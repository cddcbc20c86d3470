"""Pods and what they belong to, from what a collector tells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pysysdig.events.text import from_user
from pysysdig.state import pods
from pysysdig.state.containers import MAX_JSON
from pysysdig.state.pods import PodTable, pod_uid

UID = "05869489-8c7f-45dc-9abd-1b1620787bb1"


def told(reason: str = "Create", **more: Any) -> str:
    return from_user(json.dumps({"reason": reason, "uid": UID, "kind": "Pod", **more}, ensure_ascii=False))


@pytest.mark.parametrize(
    ("cgroups", "want"),
    [
        (["cpu=/", f"memory=/kubepods/burstable/pod{UID}/{'3a' * 32}"], UID),
        ([f"cpu=/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{UID.replace('-', '_')}.slice"], UID),
        (["cpu=/docker/" + "3a" * 32, "cpu=/kubepods/pod0586-8c7f"], None),
        ([], None),
    ],
)
def test_a_pod_is_known_by_the_uid_in_cgroups(cgroups: list[str], want: str | None) -> None:
    assert pod_uid(cgroups) == want


def test_what_was_known_when() -> None:
    table = PodTable()
    table.update(told(meta='{"name":"é","namespace":"n"}'), 5)
    table.update(told("Update", meta='{"name":"b","labels":{"z":"1","a":"2"}}', status='{"podIP":"10.0.0.1"}'), 7)
    table.update(told("Delete"), 9)
    assert table.at("Pod", UID, 4) is None
    first, second = table.at("Pod", UID, 5), table.at("Pod", UID, 8)
    assert first is not None and (first.name, first.namespace) == (from_user("é"), "n")
    assert second is not None and (second.name, second.ip, list(second.labels)) == ("b", "10.0.0.1", ["a", "z"])
    assert table.at("Pod", UID, 9) is None and table.at("Namespace", UID, 8) is None
    assert table.changes == [5, 7, 9]


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{", "[" * 100_000, "{}",
        told(kind="Node"), told(uid=3), told("Created"), told(uid=""), told() + " " * MAX_JSON,
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_left_out(text: str) -> None:
    table = PodTable()
    table.update(text, 1)
    assert len(table) == 0 and not table.changes


def test_half_a_surrogate_is_a_question_mark() -> None:
    table = PodTable()
    meta = '{"name":"a\\ud800","labels":{"\\ud800":"\\udfff"}}'
    table.update(json.dumps({"reason": "Create", "uid": UID, "kind": "Pod", "meta": meta, "status": '{"podIP":"\ud800"}'}), 1)
    found = table.at("Pod", UID, 1)
    assert found is not None and (found.name, found.labels, found.ip) == ("a?", {"?": "?"}, "?")


@pytest.mark.parametrize(
    "more",
    [
        {"meta": 3, "status": [], "refs": "x"},
        {
            "meta": "{",
            "status": "[" * 100_000,
            "refs": {"resources": {"Service": {"list": 1}, "Namespace": 2, "No": {"list": ["x"]}}},
        },
        {"meta": '{"name":[],"labels":{"a":1}}', "status": '{"podIP":{}}', "refs": {"resources": {"Service": {"list": [1, ""]}}}},
    ],
)
def test_members_of_a_wrong_type_are_absent(more: dict[str, Any]) -> None:
    table = PodTable()
    table.update(told(**more), 1)
    found = table.at("Pod", UID, 1)
    assert found is not None and (found.name, found.ip, found.labels) == ("", "", {}) and not any(found.refs.values())


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pods, "MAX_RESOURCES", 3)
    monkeypatch.setattr(pods, "_MAX_CHANGES", 8)
    table = PodTable()
    for num in range(200):
        table.update(told(uid=f"u{num % 5}" if num < 100 else "same", meta=json.dumps({"name": str(num)})), num)
    assert len(table) == 3 and len(table.changes) <= 8
    found = table.at("Pod", "same", 199)
    assert found is not None and found.name == "199"
    assert len(table._versions["Pod", "same"][0]) <= pods._MAX_VERSIONS
