"""Why a rule fired at an event, or did not."""

from __future__ import annotations

import pytest

from pysysdig.workbench.explanation import EXCEPTED, FALSE, SHADOWED, TRUE, UNTRIED, Explanation
from tests.workbench.explained import looked


def explained(who: str, path: str, rule: str = "Shadow") -> Explanation:
    explainer, found = looked((who, path))
    return found.explain(explainer.number(rule), 0)


def test_it_fired() -> None:
    found = explained("evil", "/etc/shadow")
    assert (found.status, found.alerted, found.distance) == (TRUE, True, 0)
    (name,) = [leaf for leaf in found.tree.leaves() if leaf.field == "fd.name" and not leaf.exception]
    assert name.value and name.decisive and name.actual == "/etc/shadow" and [i.text for i in name.items] == ["/etc/shadow"]


def test_a_clause_is_false_because_of_an_item_of_a_list() -> None:
    found = explained("bash", "/etc/shadow")
    assert (found.status, found.alerted, found.distance) == (FALSE, False, 1)
    (leaf,) = [leaf for leaf in found.tree.leaves() if leaf.decisive]
    assert (leaf.field, leaf.actual) == ("proc.name", "bash")
    ((text, name, place),) = leaf.items
    assert (text, name, str(place)) == ("bash", "shells", "f.yaml:3")
    assert "item bash of list shells (f.yaml:3)" in found.summary()


@pytest.mark.parametrize(("who", "expected"), [("restic", ("backup", 1)), ("two", ("helpers", 1)), ("one", ("helpers", 0))])
def test_an_exception_is_named_with_its_row(who: str, expected: tuple[str, int]) -> None:
    found = explained(who, "/etc/shadow")
    assert found.status == EXCEPTED and found.excepted == (expected,)
    assert found.summary() == f"excepted by {expected[0]}[{expected[1]}]"


def test_an_exception_that_applies_is_no_cause_if_more_is_false() -> None:
    assert explained("restic", "/etc/passwd").status == FALSE


def test_another_rule_was_first() -> None:
    found = explained("evil", "/etc/shadow", "Etc")
    assert (found.status, found.by, found.alerted) == (SHADOWED, "Shadow", False)
    assert "taken by Shadow" in found.summary()


def test_never_tried_on_such_events() -> None:
    assert explained("evil", "/etc/passwd", "Never").status == UNTRIED


def test_a_constant_that_was_perhaps_meant() -> None:
    found = explained("evil", "/etc/shadows")
    near = [leaf.nearest for leaf in found.tree.leaves() if leaf.field == "fd.name"]
    assert near == ["/etc/shadow"]


def test_values_that_are_missing_are_told_from_text() -> None:
    rules = "- rule: R\n  desc: d\n  condition: evt.type=openat and user.name=x and proc.pname=y\n  output: o\n  priority: INFO\n"
    explainer, found = looked(("evil", "/a"), rules=rules)
    leaves = {leaf.field: leaf for leaf in found.explain(0, 0).tree.leaves()}
    assert (leaves["proc.pname"].actual, leaves["proc.pname"].missing) == (None, True)
    assert not leaves["user.name"].missing and leaves["user.name"].actual is not None


def test_several_values_are_shown_with_all_of_them() -> None:
    rules = "- rule: R\n  desc: d\n  condition: evt.type=openat and proc.aname=x\n  output: o\n  priority: INFO\n"
    explainer, found = looked(("evil", "/a"), rules=rules)
    (leaf,) = found.explain(0, 0).tree.leaves()
    assert leaf.field == "proc.aname"
