"""What engines say, checked; and the events made of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pysysdig.capture.engines.answers import (
    MAX_ITEMS,
    MAX_TEXT,
    a_list,
    a_number,
    a_text,
    address,
    an_object,
    cpus,
    event_text,
    full_id,
    labels,
    seconds,
    short_id,
    split_image,
)
from pysysdig.events.table import CURRENT, OLD
from pysysdig.state.containers import parse_container


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("redis", ("redis", "", "")),
        ("redis:7", ("redis", "7", "")),
        ("docker.io/library/redis:7@sha256:0", ("docker.io/library/redis", "7", "sha256:0")),
        ("host:5000/a/b", ("host:5000/a/b", "", "")),
        ("", ("", "", "")),
    ],
)
def test_names_of_images(name: str, parts: tuple[str, str, str]) -> None:
    assert split_image(name) == parts


@pytest.mark.parametrize("value", [None, 7, 1.5, True, "x", [1], {"a": 1}])
def test_what_is_of_another_kind_is_absent(value: Any) -> None:
    assert an_object(value) == (value if isinstance(value, dict) else {})
    assert a_list(value) == (value if isinstance(value, list) else [])
    assert a_text(value) == (value if isinstance(value, str) else "")
    assert a_number(value) == (7 if value == 7 else 0)


def test_what_is_long_is_cut() -> None:
    assert len(a_list([0] * 9999)) == MAX_ITEMS and len(a_text("x" * 9999)) == MAX_TEXT
    assert (a_number(1 << 63), a_number(-(1 << 63))) == (0, -(1 << 63))
    assert len(labels({str(i): "" for i in range(9999)}, 9)) == MAX_ITEMS
    assert labels({"a": "x" * 10, "b": "x" * 9, "c": 7, "d" * 9999: ""}, 9) == {"b": "x" * 9}
    assert labels([1], 9) == {}


@pytest.mark.parametrize("value", [None, 7, "", "ab" * 6, "AB" * 32, "ab" * 32 + "\n", ["ab" * 32]])
def test_ids(value: Any) -> None:
    assert (full_id("ab" * 32), short_id("ab" * 32)) == ("ab" * 32, "ab" * 6)
    assert (full_id(value), short_id(value)) == ("", "")


def test_texts_with_a_meaning() -> None:
    assert (seconds("2024-05-06T07:08:09.1Z"), seconds("soon")) == (1714979289, 0)
    assert (address("10.0.0.1"), address("fe80::1"), address("")) == ("10.0.0.1", "0.0.0.0", "0.0.0.0")
    assert (cpus("0-2,7"), cpus(""), cpus("9-1")) == (4, 0, 0)


@pytest.mark.parametrize("generation", [OLD, CURRENT])
def test_an_event_is_read_as_it_was_meant(generation: str) -> None:
    text = event_text({"type": 7, "id": "ab", "name": "\u00e4", "labels": {"a": "b"}}, generation)
    info = parse_container(text.encode().decode("latin-1"))
    assert info is not None and not info.failed
    assert (info.id, info.type, info.name.encode("latin-1").decode(), info.labels) == ("ab", 7, "\u00e4", {"a": "b"})
    assert ("lookup_state" in json.loads(text)["container"]) == (generation == OLD)
