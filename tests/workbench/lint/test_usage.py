"""Which rules use what."""

from __future__ import annotations

from pysysdig.filter.parser import parse
from pysysdig.workbench.lint.usage import Usage, checks, field, identifiers
from pysysdig.workbench.source import sources
from tests.workbench.lint.conftest import rule

TEXT = (
    "- list: inner\n  items: [a, 'b c']\n- list: outer\n  items: [inner, d]\n- macro: m\n  condition: (proc.name in (outer))\n"
    + rule("evt.type=close and m", "By macro")
    + rule("evt.type=close", "By exception", more="  exceptions: [{name: e, fields: proc.exe, comps: in, values: [inner]}]\n")
    + rule("evt.type=close", "Not")
)


def test_users_are_found_through_macros_lists_and_exceptions() -> None:
    usage = Usage(sources([("a.yaml", TEXT.encode())]))
    assert usage.rules("list", "inner") == {"By macro", "By exception"}
    assert usage.rules("macro", "m") == {"By macro"} and usage.rules("rule", "Not") == {"Not"}
    assert set(usage.items("outer")) == {"a", "b c", "d"} and usage.within("outer") == ["outer", "inner"]


def test_comparisons_know_whether_they_are_negated() -> None:
    found = [(field(c), negated) for c, negated in checks(parse("a.b=1 and not (c.d=2 or not e.f=3)"))]
    assert found == [("a.b", False), ("c.d", True), ("e.f", False)]
    assert identifiers(parse("m and not n or a.b=1")) == {"m", "n"}
