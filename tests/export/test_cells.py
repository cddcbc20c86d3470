"""Values of tables as text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pysysdig.export.cells import cell, objects

WHEN = datetime(2024, 5, 6, 7, 8, 9, 123456, UTC)


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
