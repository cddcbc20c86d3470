"""The rule engine: choosing rules, first and all matches, what rules see, shared macros."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.errors import FilterError
from pysysdig.events.batch import EventBatch
from pysysdig.events.build import batch, event
from pysysdig.events.single import encode
from pysysdig.events.table import CURRENT, OLD, TYPES
from pysysdig.rules.engine import ALL, Engine, Switch, active_rules, fits_wildcard
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector
from tests.rules.tried import matches, rule, view


def test_first_and_all() -> None:
    rules = [rule("a", "evt.type=openat and proc.name=cat"), rule("b", "evt.type in (openat, close)")]
    assert matches(rules) == [(1, "a"), (2, "b"), (3, "b")]
    assert matches(rules, ALL) == [(1, "a"), (1, "b"), (2, "b"), (3, "b")]


def test_enter_events_are_only_seen_the_old_way() -> None:
    rules = [rule("a", "evt.type=openat")]
    assert [p for p, _ in matches(rules)] == [1, 3]
    assert [p for p, _ in matches(rules, generation=OLD)] == [0, 1, 3]
    assert [p for p, _ in matches([rule("a", "evt.type=openat and evt.dir=<")], generation=OLD)] == [1, 3]


def test_selection_limits_what_is_tried() -> None:
    engine = Engine([rule("a", "evt.type in (openat, close)")])
    at, _ = engine.match(view(), np.array([2, 3]))
    assert at.tolist() == [2, 3]


def test_a_condition_that_does_not_compile_names_its_rule() -> None:
    with pytest.raises(FilterError, match="rule strange: "):
        Engine([rule("strange", "no.such=1")])


def test_active_rules() -> None:
    rules = [
        rule("Read etc", "evt.num>0", "Warning", ("file",)),
        rule("Off", "evt.num>0", "Notice", ("file", "net"), enabled=False),
        rule("Write etc", "evt.num>0", "Debug", ("net",)),
    ]

    def names(*switches: Switch, priority: int = 7) -> list[str]:
        return [r.name for r in active_rules(rules, priority, switches)]

    assert names() == ["Read etc", "Write etc"]
    assert names(priority=5) == ["Read etc"]
    assert names(Switch(enable=True, rule="Off")) == ["Read etc", "Write etc", "Off"]
    assert names(Switch(enable=False, rule="*etc")) == []
    assert names(Switch(enable=False, rule="*"), Switch(enable=True, tag="net")) == ["Off", "Write etc"]
    assert names(Switch(enable=False, tag="net")) == ["Read etc"]
    assert names(Switch(enable=True, rule="Off"), priority=4) == ["Read etc"]


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("abc", "abc", True), ("abc", "abcd", False), ("*", "", True), ("a*", "abc", True), ("*c", "abc", True),
        ("a*c", "abc", True),
        ("a**c", "abc", True), ("*b*", "abc", True), ("a*b", "abb", False), ("b*", "abc", False), ("*x*", "abc", False),
        ("", "", True),
    ],
)  # fmt: skip
def test_wildcards(pattern: str, text: str, fits: bool) -> None:
    assert fits_wildcard(pattern, text) is fits


def test_rules_of_a_source_see_its_events_only() -> None:
    """Of three events of a plugin and one of the kernel."""
    other, calls = rule("a", "evt.num>1"), rule("b", "evt.num>0")
    other.source = other.catalogue = "k8s_audit"
    data = [(1, b"{}"), (1, b"{}"), (9, b"{}")]
    events = [encode(5, -1, TYPES["PLUGINEVENT_E"], [number.to_bytes(4, "little"), text]) for number, text in data]
    mixed = EventBatch.of_encoded([*events, encode(6, 7, TYPES["SYSCALL_GETEGID_X"], [bytes(4)])])
    seen = Inspector(snapshot(), CURRENT, 0).process(mixed)
    at, which = Engine(active_rules([other, calls], 7)).match(seen)
    assert at.tolist() == [1, 3] and which.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("condition", "positions"),
    [
        ('join("-", (proc.aname, proc.name)) = "cat bash-ls"', [0]),
        ('concat(proc.aname, "<", proc.name) = "bash<cat"', [1]),
        ('join("-", (proc.name, proc.apid)) = "ls-43"', [0]),
        ('join("-", (proc.name, fd.port)) exists', []),
    ],
)
def test_fields_of_several_values_in_transformers_of_several_arguments(condition: str, positions: list[int]) -> None:
    """They are the text that is displayed, if there is one."""
    processes = process(41, "bash"), process(42, "cat", ptid=41), process(43, "ls", ptid=42)
    events = batch([event("SYSCALL_CLOSE_X", i, tid, [0, 3]) for i, tid in enumerate((43, 42), 1)])
    seen = Inspector(snapshot(*processes), CURRENT, 2).process(events)
    at, _ = Engine([rule("a", condition)]).match(seen)
    assert at.tolist() == positions
