"""What a test expects of its alerts."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.rules.yamldoc import Document, Node
from pysysdig.workbench.expectations import others, reasons, silent, wants
from pysysdig.workbench.model import ANY, NONE
from pysysdig.workbench.reading import Place, TestFileError


def read(text: str) -> tuple[Place, Node]:
    document = Document(text.encode())
    (node,) = document.read()
    return Place("t.yaml", document), node


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("[R]", [("R", 1, 1, ())]),
        ("[{rule: R, count: 3}]", [("R", 3, 3, ())]),
        ("[{rule: R, count: {min: 2}}]", [("R", 2, None, ())]),
        ("[{rule: R, count: {max: 2}}]", [("R", 0, 2, ())]),
        ("[{rule: R, at: [a, b]}]", [("R", 1, 1, ("a", "b"))]),
        ("{a: [R, S], b: [], c: {rule: T, count: 0}}", [("R", 1, 1, ("a",)), ("S", 1, 1, ("a",)), ("T", 0, 0, ("c",))]),
        ("{a: {none: true}}", []),
    ],
)
def test_alerts(text: str, want: list[Any]) -> None:
    assert [(w.rule, w.least, w.most, w.at) for w in wants(*read(text))] == want


def test_values() -> None:
    fields = "{proc.name: {in: [a, b]}, fd.name: {startswith: /e}}"
    (found,) = wants(*read(f"[{{rule: R, order: strict, fields: {fields}, output: {{contains: x}}}}]"))
    assert found.strict and found.output is not None and found.output.fits("axb")
    assert found.fields["proc.name"].fits("b") and not found.fields["fd.name"].fits("/x") and found.fields["fd.name"].fits("/etc")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{count: 1}]", "an expectation names a rule"),
        ("[{rule: R, order: later}]", "order is strict or any"),
        ("[{rule: R, fields: {no.such: x}}]", "unknown field .no.such"),
        ("[{rule: R, colour: x}]", "there is no key of an expectation 'colour'"),
        ("[{rule: R, count: x}]", "count must be a whole number"),
        ("[{rule: R, output: {regex: '('}}]", "t.yaml:1"),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    with pytest.raises(TestFileError, match=message):
        wants(*read(text))


def test_why_nothing_is_raised() -> None:
    place, node = read("{a: {none: true, because: {exception: E, row: 2}}, b: [R]}")
    ((at, _, exception, row, rule),) = reasons(place, node)
    assert (at, exception, row, rule) == ("a", "E", 2, "") and [key for key, _ in silent(place, node)] == ["a", "b"]
    with pytest.raises(TestFileError, match="because of which exception"):
        reasons(*read("{a: {none: true, because: {row: 1}}}"))
    with pytest.raises(TestFileError, match="`none: true`, or a list of rules"):
        reasons(*read("{a: {none: false}}"))


@pytest.mark.parametrize(("text", "want"), [("any", ANY), ("none", NONE), ("[R, S]", ("R", "S")), ("R", ("R",))])
def test_what_may_be_raised_besides(text: str, want: Any) -> None:
    assert others(*read(text)) == want and others(read("x")[0], None) == NONE
