"""Alerts as lines: text and JSON."""

from __future__ import annotations

import pytest

from tests.alerts.made import TS, alert, as_json


@pytest.fixture(autouse=True)
def host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FALCO_HOSTNAME", "box")


def test_text() -> None:
    line = alert("opened %fd.name by %5proc.name| %proc.aname[3]")
    assert line.endswith(".123456789: Warning opened /etc/passwd by cat  | <NA>\n")


def test_iso_time() -> None:
    assert alert("x", "time_format_iso_8601=true") == "2023-11-14T22:13:20.123456789+0000: Warning x\n"


def test_text_is_escaped() -> None:
    assert alert('a"b\\c\n\x01', path="/x").endswith(' Warning a\\"b\\\\c\\n\\u0001\n')
    assert "\ufffd" in alert("%fd.name", path="/\xff")


def test_json() -> None:
    found = as_json("o %fd.name %fd.num %proc.aname[2] %evt.is_open_read", tags=("b", "c"))
    assert list(found) == ["hostname", "output", "output_fields", "priority", "rule", "source", "tags", "time"]
    assert found["hostname"] == "box"
    assert found["output"].endswith(": Warning o /etc/passwd 3 <NA> true")
    assert found["output_fields"] == {
        "evt.time": TS,
        "fd.name": "/etc/passwd",
        "fd.num": 3,
        "proc.aname[2]": None,
        "evt.is_open_read": True,
    }
    assert list(found["output_fields"]) == sorted(found["output_fields"])
    assert (found["priority"], found["rule"], found["source"], found["tags"]) == ("Warning", "R", "syscall", ["b", "c"])
    assert found["time"] == "2023-11-14T22:13:20.123456789Z"


def test_json_parts() -> None:
    found = as_json(
        "o %fd.num",
        "json_include_output_property=false",
        "json_include_message_property=yes",
        "json_include_tags_property=false",
        "json_include_output_fields_property=no",
    )
    assert list(found) == ["hostname", "message", "priority", "rule", "source", "time"]
    assert found["message"] == "o 3"
