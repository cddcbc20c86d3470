"""Rules compiled with what makes their alerts."""

from __future__ import annotations

from pysysdig.alerts.make import AlertMaker, alerting
from pysysdig.events.table import CURRENT, OLD, TYPES
from pysysdig.render.options import PLAIN
from pysysdig.rules.active import ActiveRules
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.state.levels import EVENT, FD

RULES = "- rule: {name}\n  desc: d\n  condition: {condition}\n  output: '{output}'\n  priority: INFO\n"


def active(condition: str, output: str = "o") -> ActiveRules[AlertMaker]:
    text = RULES.format(name="A", condition=condition, output=output)
    rules = load_rules([RuleText("r", text.encode())]).rules
    return alerting(rules, RuleConfig(), CURRENT, with_fields=False)


def test_the_state_that_they_need() -> None:
    assert active("evt.type=openat").needs == EVENT
    assert active("evt.type=openat and fd.name=/x").needs == active("evt.type=openat", "%fd.name").needs == FD


def test_they_are_compiled_once_for_a_generation() -> None:
    rules = active("evt.type=openat")
    assert rules.compiled(CURRENT) is rules.compiled(CURRENT) is not rules.compiled(OLD)
    assert TYPES["SYSCALL_OPENAT_2_X"] in rules.event_types() and TYPES["SYSCALL_CLOSE_X"] not in rules.event_types()


class Counting:
    """Makes nothing of matches."""

    def __init__(self, needs: int) -> None:
        self.needs = needs

    def restart(self) -> None:
        """There is nothing to forget."""


def test_whatever_is_made_of_matches_needs_its_state_too() -> None:
    rules = active("evt.type=openat").rules
    made: list[str] = []

    def maker(generation: str) -> Counting:
        made.append(generation)
        return Counting(FD)

    counting = ActiveRules(rules, CURRENT, "first", PLAIN, maker)
    assert counting.needs == FD and counting.compiled(OLD)[1].needs == FD and made == [CURRENT, OLD]
