"""Parsing of output formats."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pysysdig.errors import FormatError
from pysysdig.format.template import Template, expand_escapes
from pysysdig.rules.output_format import OutputFormat


def parts(text: str) -> list[object]:
    return [p if isinstance(p, str) else (p.key, p.width) for p in Template(text).parts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", ["plain"]),
        ("%evt.num", [("evt.num", 0)]),
        ("%evt.numX", [("evt.num", 0), "X"]),
        ("%fd.num%fd.type", [("fd.num", 0), ("fd.type", 0)]),
        ("*a%30evt.type|", ["a", ("evt.type", 30), "|"]),
        ("%003evt.type", [("evt.type", 3)]),
        ("%evt.arg.name %evt.arg[0]", [("evt.arg.name", 0), " ", ("evt.arg[0]", 0)]),
        ("%proc.aname[2].x", [("proc.aname[2]", 0), ".x"]),
        ("a * b", ["a * b"]),
        ("*", []),
        ("%toupper(proc.name)x%5len(fd.name)", [("toupper(proc.name)", 0), "x", ("len(fd.name)", 5)]),
        ("%evt.num(x)", [("evt.num", 0), "(x)"]),
    ],
)
def test_parts(text: str, expected: list[object]) -> None:
    assert parts(text) == expected
    assert Template(text).star == text.startswith("*")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty formatting token"),
        ("a%", "invalid formatting syntax: formatting cannot end with a %"),
        ("a%12", "invalid formatting syntax: formatting cannot end with a number"),
        ("%nosuch.x y", "invalid formatting token nosuch.x y"),
        ("%-12proc.name", "invalid formatting token -12proc.name"),
        ("%%", "invalid formatting token %"),
        ("%nosuch(x)", "invalid formatting token nosuch(x)"),
        ("%99999999999evt.num", "invalid formatting syntax: width above 1048576"),
        ("%fd.ip", "fd.ip is filter only and cannot be used as a display field"),
    ],
)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(FormatError) as error:
        Template(text)
    assert error.value.message == message


def test_error_points_at_the_place() -> None:
    with pytest.raises(FormatError) as error:
        Template("%evt.num \xc3\xa9 %proc.nme")
    assert error.value.render().splitlines()[1:3] == ["  %evt.num é %proc.nme", "              ^"]


@pytest.mark.parametrize("made", [Template, OutputFormat])
@pytest.mark.parametrize(("end", "caret"), [("%", 2), ("%5", 2), ("%9999999evt.num", 3)])
def test_wrong_widths_are_pointed_at(made: Callable[[str], object], end: str, caret: int) -> None:
    with pytest.raises(FormatError) as error:
        made("\xc3\xa9 " + end)
    assert error.value.render().splitlines()[1:3] == [f"  é {end}", "  " + " " * caret + "^"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [(r"a\nb\tc\ed\\", "a\nb\tc\x1bd\\"), (r"\x\n", "\\x\n"), ("end\\", "end\\"), (r"\\n", r"\n"), ("", "")],
)
def test_escapes(text: str, expected: str) -> None:
    assert expand_escapes(text) == expected
