"""Comparisons that are understood."""

from __future__ import annotations

import pytest

from pysysdig.filter.ast import And, Check
from pysysdig.filter.parser import parse
from pysysdig.workbench.lint.comparisons import about, accepts, decided, equal_values, several_values, values_of


def check(text: str) -> Check:
    expr = parse(text)
    assert isinstance(expr, Check)
    return expr


@pytest.mark.parametrize(
    ("text", "field", "constants"),
    [
        ("proc.name=a", "proc.name", {"a"}),
        ("proc.name in (a, b)", "proc.name", {"a", "b"}),
        ("user.uid in (0x10, 7)", "user.uid", {"16", "7"}),
        ("evt.failed=TRUE", "evt.failed", {"true"}),
        ("proc.name startswith a", "proc.name", {"a"}),
        ("proc.aname=a", None, {"a"}),  # of several ancestors
        ("proc.aname[2]=a", "proc.aname[2]", {"a"}),
        ("fd.ip=1.2.3.4", None, {"1.2.3.4"}),  # of both ends
        ("tolower(proc.name)=a", None, {"a"}),
        ("proc.name=val(proc.pname)", None, None),
        ("user.uid=1x", "user.uid", None),
    ],
)
def test_what_it_is_about(text: str, field: str | None, constants: set[str] | None) -> None:
    assert about(check(text)) == field
    assert values_of(check(text)) == constants
    assert several_values(check(text).left) == (text.partition("=")[0] in ("proc.aname", "fd.ip"))


def test_accepts() -> None:
    assert accepts(check("fd.name pmatch (/etc)"), "/etc/x") is True
    assert accepts(check("fd.name pmatch (/etc)"), "/usr/x") is False
    assert accepts(check("fd.num>3"), "4") is None  # no text


def test_decided() -> None:
    """The numbers of events begin with 1."""
    assert [decided(check(f"evt.num{op}0")) for op in ("=", ">", "<=")] == [False, True, False]
    assert decided(check("evt.num=1")) is decided(check("fd.num=0")) is None


def test_equal_values_of_several_terms() -> None:
    expr = parse("proc.name in (a, b) and proc.name in (b, c) and evt.type=open and not fd.num=3")
    assert isinstance(expr, And)
    assert equal_values(expr.terms) == {"proc.name": {"b"}, "evt.type": {"open"}}
