"""Rules compiled with what makes their alerts."""

from __future__ import annotations

from pysysdig.alerts.active import ActiveRules
from pysysdig.events.table import CURRENT, OLD, TYPES
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.state.levels import EVENT, FD

RULES = "- rule: {name}\n  desc: d\n  condition: {condition}\n  output: '{output}'\n  priority: INFO\n"


def active(condition: str, output: str = "o") -> ActiveRules:
    text = RULES.format(name="A", condition=condition, output=output)
    rules = load_rules([RuleText("r", text.encode())]).rules
    return ActiveRules(rules, RuleConfig(), CURRENT, with_fields=False)


def test_the_state_that_they_need() -> None:
    assert active("evt.type=openat").needs == EVENT
    assert active("evt.type=openat and fd.name=/x").needs == active("evt.type=openat", "%fd.name").needs == FD


def test_they_are_compiled_once_for_a_generation() -> None:
    rules = active("evt.type=openat")
    assert rules.compiled(CURRENT) is rules.compiled(CURRENT) is not rules.compiled(OLD)
    assert TYPES["SYSCALL_OPENAT_2_X"] in rules.event_types() and TYPES["SYSCALL_CLOSE_X"] not in rules.event_types()
