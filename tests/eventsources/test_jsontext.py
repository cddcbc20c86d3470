"""JSON for event sources."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.eventsources import jsontext
from pysysdig.eventsources.jsontext import MISSING, at, compact, parsed, pointer, text


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"{", "not JSON"), (b"", "not JSON"), (b"\xff", "not JSON"), (b"[NaN]", "not JSON"), (b"[" * 200_000, "not JSON|nested")],
)
@pytest.mark.parametrize("load", ["_slow", "_load"])
def test_what_is_not_json(data: bytes, why: str, load: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsontext, "_load", getattr(jsontext, load))
    with pytest.raises(ValueError, match=why):
        parsed(data)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("x", "x"), (True, "true"), (False, "false"), (None, "null"), (30, "30"), ({"b": [1, "ü"], "a": 0}, '{"b":[1,"ü"],"a":0}')],
)
def test_text(value: Any, shown: str) -> None:
    assert text(value) == shown


def test_sorted_keys() -> None:
    assert compact({"b": 1, "a": {"d": 1, "c": 2}}, keys_sorted=True) == '{"a":{"c":2,"d":1},"b":1}'


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("/a/b", 1), ("a/b", 1), ("/a~1b", 2), ("/c~0d", 3), ("/list/1", "y"), ("/list/2", MISSING), ("/list/x", MISSING),
        ("/list/-1", MISSING), ("/a/b/c", MISSING), ("/none", None), ("/absent", MISSING),
    ],
)  # fmt: skip
def test_pointers(written: str, found: Any) -> None:
    assert at({"a": {"b": 1}, "a/b": 2, "c~d": 3, "list": ["x", "y"], "none": None}, pointer(written)) == found


def test_the_whole() -> None:
    assert at([1], pointer("")) == [1]
