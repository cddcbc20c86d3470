"""Values of tables as text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pysysdig.export.cells import cell, objects, plain_text

WHEN = datetime(2024, 5, 6, 7, 8, 9, 123456, UTC)


def test_text() -> None:
    assert plain_text("caf\xc3\xa9") == "caf\u00e9"
    assert plain_text("\xff") == "\ufffd"
    assert plain_text(b"\x7f\0\0\x01") == "127.0.0.1"
    assert plain_text(12) == "12"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (True, "true"),
        (7, 7),
        ("é", "é"),
        (b"\x00\xff", "00ff"),
        (WHEN, "2024-05-06T07:08:09.123456+00:00"),
        (["é", b"\x01"], '["é", "01"]'),
        ({"at": WHEN}, '{"at": "2024-05-06T07:08:09.123456+00:00"}'),
    ],
)
def test_cell(value: Any, text: Any) -> None:
    assert cell(value) == text


def test_objects() -> None:
    lines = list(objects(["n", "data"], [(1, b"\xfe"), (None, WHEN)]))
    assert [json.loads(line) for line in lines] == [{"n": 1, "data": "fe"}, {"n": None, "data": WHEN.isoformat()}]
    assert list(objects(["n"], [])) == []
