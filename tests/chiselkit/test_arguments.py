"""Declaration and parsing of chisel arguments."""

from __future__ import annotations

import pytest

from pysysdig.chisel import FIELD, INT, Arg, Chisel, ChiselError
from pysysdig.chiselkit.arguments import parse, split, usage
from pysysdig.errors import FilterError, UsageError


class _Sample(Chisel):
    """A sample."""

    number = Arg("a number", type=INT)
    field = Arg("a field", type=FIELD, optional=True, default="fd.name")
    mode = Arg("a mode", optional=True, choices=("a", "b"))


@pytest.mark.parametrize(
    ("word", "parts"),
    [("", []), ("a", ["a"]), ("a b", ["a", "b"]), ("'a b' c", ["a b", "c"]), ("`x y`", ["x y"]), ("a  b", ["a", "", "b"])],
)
def test_split(word: str, parts: list[str]) -> None:
    assert split(word) == parts


def test_values() -> None:
    assert parse("s", _Sample.args, "5 fd.num b") == {"number": 5, "field": "fd.num", "mode": "b"}
    assert parse("s", _Sample.args, "0x10") == {"number": 16, "field": "fd.name", "mode": None}
    assert parse("s", _Sample.args, "0.5")["number"] == 0.5


@pytest.mark.parametrize("word", ["", "x", "5 fd.num c", "5 fd.num a b", "'5", "nan", "9" * 70000])
def test_wrong_values_show_the_usage(word: str) -> None:
    with pytest.raises(UsageError, match=r'usage: -c s "NUMBER \[FIELD\] \[MODE\]"'):
        parse("s", _Sample.args, word)


def test_unknown_field_names_the_chisel() -> None:
    with pytest.raises(FilterError, match="chisel s"):
        parse("s", _Sample.args, "5 fd.nosuch")


def test_usage() -> None:
    assert usage("x", ()) == "-c x"
    assert usage("x", _Sample.args[:1]) == "-c x NUMBER"


def test_instances_have_values() -> None:
    assert _Sample(values={"number": 3}).number == 3
    assert _Sample(values={"number": 3}).field == "fd.name"
    assert _Sample.description == "A sample."


def test_arguments_of_the_base_come_after_own_ones() -> None:
    class Base(Chisel):
        colour = Arg("c", optional=True)

    class Derived(Base):
        host = Arg("h")

    assert [a.name for a in Derived.args] == ["host", "colour"]


def test_declarations_that_cannot_work() -> None:
    with pytest.raises(ChiselError, match="filter"):
        type("Bad", (Chisel,), {"filter": Arg("x")})
    with pytest.raises(ChiselError, match="before optional"):
        type("Bad", (Chisel,), {"a": Arg("x", optional=True), "b": Arg("y")})
    with pytest.raises(ChiselError, match="unknown type"):
        Arg("x", type="colour")
