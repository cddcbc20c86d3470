"""What rule sets differ in."""

from __future__ import annotations

import pytest

from pysysdig.rules.load import RuleText, load_rules
from pysysdig.rules.model import RuleSet
from pysysdig.workbench.rule_diff import RuleSetDiff, rule_diff
from tests.workbench.conftest import EXCEPTION, SHADOWED


def loaded(text: str) -> RuleSet:
    found = load_rules([RuleText("r", text.encode())])
    assert found.successful
    return found


def diff(after: str, before: str = SHADOWED) -> RuleSetDiff:
    return rule_diff(loaded(before), loaded(after))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (SHADOWED.replace("fd.name startswith", "fd.name  startswith").replace("desc: cat", "desc:   cat"), []),
        (SHADOWED.replace("with /etc\n", "with /usr\n"), [("changed", "Broad", ["condition"])]),
        (SHADOWED.replace("  priority: NOTICE\n", "  priority: DEBUG\n  tags: [a]\n", 1),
         [("changed", "Broad", ["priority", "tags"])]),
        (SHADOWED.replace("  priority: NOTICE\n", "  priority: NOTICE\n" + EXCEPTION, 1),
         [("changed", "Broad", ["condition", "exceptions"])]),
        (SHADOWED.split("- rule: Later")[0], [("removed", "Later", [])]),
        (SHADOWED + SHADOWED.replace("Later", "Third").replace("- rule: Broad", "- rule: Fourth"),
         [("added", "Fourth", []), ("added", "Third", [])]),
        ("- rule: Later" + SHADOWED.split("- rule: Later")[1] + SHADOWED.split("- rule: Later")[0],
         [("moved", "Later", ["tried before"])]),
    ],
)  # fmt: skip
def test_rules(after: str, expected: list[tuple[str, str, list[str]]]) -> None:
    assert [(c.kind, c.rule, [p[0] for p in c.parts]) for c in diff(after).rules] == expected


def test_terms_of_conditions() -> None:
    (change,) = diff(SHADOWED.replace("proc.name = cat", "proc.name = sort")).rules
    assert change.parts == (("condition", "proc.name = cat", "proc.name = sort"),)


def test_lists_and_macros() -> None:
    head = "- list: l\n  items: [a]\n- macro: m\n  condition: (proc.name in (l))\n"
    found = diff(head.replace("[a]", "[a, b]") + SHADOWED, head + SHADOWED)
    assert not found.differs and [(i.kind, i.of, i.name, i.after) for i in found.items] == [("changed", "list", "l", "a, b")]
