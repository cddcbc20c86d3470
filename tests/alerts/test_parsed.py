"""Alerts from Falco's JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pysysdig.alerts.forward import forwarded
from pysysdig.alerts.parsed import NotFinite, parsed, value_of
from tests.alerts.outputs.sending import ALERT

BODY: dict[str, Any] = {
    "hostname": "h1", "output": "16:31:56.746609046: Error File below /etc: opened (user=root)", "priority": "error", "rule": "R",
    "source": "syscall", "tags": ["b", "a"], "time": "2019-05-17T15:31:56.746609046Z", "output_fields": {"proc.pid": 77},
}  # fmt: skip


def test_what_an_alert_is() -> None:
    found = parsed(json.dumps(BODY).encode(), "")
    assert (found.time, found.priority, found.text) == (1558107116746609046, 3, "File below /etc: opened (user=root)")
    assert found.tags == ("a", "b") and found.fields == {"proc.pid": 77} and found.hostname == "h1"
    for change, time in (("2019-05-17T17:31:56+02:00", 1558107116 * 10**9), ("1970-01-01T00:00:00.5Z", 500_000_000)):
        assert parsed(json.dumps({**BODY, "time": change}).encode(), "").time == time
    odd = parsed(json.dumps({**BODY, "output_fields": {"d": {"x": [1]}, "l": [1, "a"], "n": [[1]], "big": 10**40}}).encode(), "")
    assert odd.fields == {"big": 10**40, "d": '{"x": [1]}', "l": [1, "a"], "n": "[[1]]"}
    assert parsed(json.dumps({**BODY, "priority": "INFO", "output_fields": None}).encode(), "").priority == 6


def test_what_was_forwarded_is_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    assert parsed(json.dumps(forwarded(ALERT)).encode(), "") == ALERT._replace(tags=("a", "b"))


def test_one_that_names_no_host() -> None:
    """As those of Falco before 0.32."""
    assert parsed(json.dumps({**BODY, "hostname": ""}), "here").hostname == "here"
    assert parsed(json.dumps(BODY), "here").hostname == "h1"


@pytest.mark.parametrize("word", ["NaN", "-Infinity", "1e999"])
def test_numbers_are_finite(word: str) -> None:
    with pytest.raises(NotFinite):
        parsed(json.dumps(BODY)[:-1] + f', "output_fields": {{"a": {word}}}}}', "")
    assert value_of(b'{"a": 1e99}') == {"a": 1e99}


@pytest.mark.parametrize("bad", ["[]", "{}", "5", '{"rule":"R"}', json.dumps({**BODY, "time": "1969-12-31T23:59:59Z"})])
def test_what_is_none(bad: str) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        parsed(bad, "")
