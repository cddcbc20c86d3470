"""Comparisons of values as Falco <= 0.31 made them."""

from __future__ import annotations

import pytest

from pysysdig.eventsources.json_values import json_test

NONE = ("<NA>",)


@pytest.mark.parametrize(
    ("op", "constants", "values", "answer"),
    [
        ("=", ["a"], ("a",), True), ("=", ["a"], ("a", "a"), True), ("=", ["a"], ("a", "b"), False), ("=", ["a"], NONE, False),
        ("!=", ["a"], NONE, True), ("!=", ["a"], ("a", "b"), True), ("=", ["30"], ("030",), True), ("=", ["1:5"], ("3",), True),
        ("in", ["a", "b"], ("a", "b"), True), ("in", ["a"], ("a", "b"), False), ("in", ["a"], NONE, False),
        ("in", ["a"], (), True),
        ("in", ["100:200", "30"], ("150", "30"), True), ("in", ["100:200"], ("201",), False),
        ("intersects", ["a", "x"], ("a", "b"), True), ("intersects", ["a"], ("b",), False),
        ("pmatch", ["/usr"], ("/usr/bin", "<NA>"), True), ("pmatch", ["/usr"], ("/usr", "/etc"), False),
        ("exists", [], ("a",), True), ("exists", [], NONE, False), ("exists", [], ("a", "b"), False),
        ("startswith", ["sys"], ("system",), True), ("startswith", ["sys"], ("system", "x"), False),
        ("contains", ["ste"], ("system",), True), ("contains", ["x"], ("system",), False),
        ("<", ["30"], ("4",), True), (">=", ["30"], ("30",), True), ("<=", ["30"], ("31",), False), (">", ["b"], ("c",), True),
        ("<", ["30"], ("x",), False), (">", ["1"], ("2", "3"), False),
    ],
)  # fmt: skip
def test_operators(op: str, constants: list[str], values: tuple[str, ...], answer: bool) -> None:
    assert json_test(op, constants, lambda path: path.startswith("/usr"))((values, values)) is answer


def test_an_index_counts_where_values_are_put_in_order() -> None:
    values = ("b",), ("a", "b")
    assert json_test("startswith", ["b"], bool)(values) and json_test(">", ["a"], bool)(values)
    assert not json_test("=", ["b"], bool)(values) and json_test("in", ["a", "b"], bool)(values)
