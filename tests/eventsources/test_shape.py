"""What is said of records that are not what they have to be."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.eventsources.k8s_audit.source import SOURCE
from pysysdig.eventsources.shape import ANY, OBJECT, OTHERS, TEXT, WHOLE, Mistake, Shape, mistake
from tests.eventsources.audit_events import audit, pod

SHAPE: Shape = {"name": TEXT, "code": WHOLE, "anything": ANY, "inner": OBJECT, "words": (TEXT,), "table": {OTHERS: (WHOLE,)}}


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ({}, None),
        (None, None),
        ({"name": None, "words": [None, "a"], "inner": {"a": [1]}, "anything": [{}], "table": {"x": [1], "y": []}}, None),
        ([], Mistake((), OBJECT)),
        ({"nam": "a"}, Mistake(("nam",), "", ("name", "code", "anything", "inner", "words", "table"))),
        ({"name": 1}, Mistake(("name",), TEXT)),
        ({"code": True}, Mistake(("code",), WHOLE)),
        ({"code": 1.5}, Mistake(("code",), WHOLE)),
        ({"words": "a"}, Mistake(("words",), "a list")),
        ({"words": ["a", {}]}, Mistake(("words", 1), TEXT)),
        ({"table": {"x": [1, "2"]}}, Mistake(("table", "x", 1), WHOLE)),
    ],
)
def test_mistakes(value: Any, wrong: Mistake | None) -> None:
    assert mistake(SHAPE, value) == wrong


def test_an_audit_event_is_none() -> None:
    assert mistake(SOURCE.shape, audit("create", requestObject=pod({"name": "c"}, anything=[1]))) is None
