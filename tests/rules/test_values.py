"""Values of keys in rule files, and what is said of those that are none."""

from __future__ import annotations

import pytest

from pysysdig.rules.values import parse_boolean, parse_unsigned
from tests.rules.texts import errors, rule


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("Yes", True), ("ON", True), ("n", False), ("False", False), ("tRue", None), ("1", None), ("", None)],
)
def test_switches(text: str, value: bool | None) -> None:
    assert parse_boolean(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10),
        ("0x1F", 31),
        ("010", 8),
        ("0", 0),
        ("4294967295", 4294967295),
        ("4294967296", None),
        ("-1", None),
        ("08", None),
        ("1.0", None),
        ("9" * 30, None),
    ],
)
def test_numbers(text: str, value: int | None) -> None:
    assert parse_unsigned(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- rule: r\n  condition: a\n", "Item has no mapping for key 'output'"),
        ("- rule: r\n  condition:\n  output: o\n  desc: d\n  priority: INFO\n", "Mapping for key 'condition' is empty"),
        ("- rule: r\n  condition: [a]\n  output: o\n  desc: d\n  priority: INFO\n", "Value is not a scalar value"),
        (rule("evt.type=open", enabled="perhaps"), "Can't decode YAML scalar value"),
        (rule("evt.type=open", priority="HIGHEST"), "Invalid priority"),
        (rule("evt.type=open", tags="a"), "Value is not a sequence"),
        (rule("evt.type=open", tags="[[a]]"), "sequence value is not scalar"),
    ],
)
def test_what_is_wrong(text: str, message: str) -> None:
    assert message in [shown for _, shown in errors(text)]
