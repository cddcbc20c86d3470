"""Each part of a condition, asked alone, adds up to what the engine says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT
from pysysdig.replay import replay
from pysysdig.rules.clauses import Anatomy, Clause
from pysysdig.rules.engine import ALL, Engine, Switch, active_rules
from pysysdig.rules.engine_compile import Watch
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.rules.probe import Mask, Probe, Reading, distance
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector

STATEFUL = b"""
- macro: late
  condition: (evt.deltatime > 1000)
- rule: Late
  desc: d
  condition: evt.type in (close, read) and proc.name exists and (late or fd.num = 3)
  output: o
  priority: INFO
- rule: Also late
  desc: d
  condition: evt.type in (open, openat) and (fd.name contains a or not late)
  output: o
  priority: INFO
"""


def differing(files: list[str | RuleText], capture: Path) -> list[tuple[str, int]]:
    """(rule, number of the batch) where the parts say something else than the engine."""
    loaded = load_rules(files)
    assert loaded.successful and loaded.rules
    rules = active_rules(loaded.rules, 7, [Switch(enable=True, rule="*")])
    watch = Watch()
    engine, probe, anatomy = Engine(rules, CURRENT, ALL, watch=watch), Probe(CURRENT, watch), Anatomy(loaded)
    out = []
    with open_any(str(capture)) as opened:
        for number, (view, sel) in enumerate(replay(converted(opened.sections()), level=3)):
            watch.clear()
            own = dict(engine.own(view, sel))
            reading = probe.read(view, sel)
            types = view.batch.type_of(sel)
            for index, rule in enumerate(rules):
                value = reading.value(anatomy.rule(rule), index) & engine.tried[index][types]
                if not np.array_equal(sel[value], own.get(index, np.zeros(0, np.int64))):
                    out.append((rule.name, number))
    return out


CAPTURES = ("demo", "exit_only_udp", "syscalls", "udp")


@pytest.mark.parametrize("capture", CAPTURES)
def test_stateful_comparisons_count_as_the_engine_saw_them(root: Path, capture: str) -> None:
    assert not differing([RuleText("stateful", STATEFUL)], root / "captures" / f"{capture}.scap")


@pytest.mark.parametrize("capture", [*CAPTURES, "containers", "exit_only_pipelines", "sample", "netcat_unix"])
def test_the_roots_are_the_masks_of_the_engine(root: Path, shared: Path, capture: str) -> None:
    files: list[str | RuleText] = [*map(str, sorted((shared / "rules").glob("current_*.yaml"))), RuleText("s", STATEFUL)]
    own = root / "captures" / f"{capture}.scap"
    assert not differing(files, own if own.exists() else shared / "captures" / f"{capture}.scap")


# --- decisive parts

LEAVES = ("fd.num=3", "fd.name contains a", "evt.is_open_read=true", "proc.pname exists", "evt.num > 3")


def conditions(depth: int = 3) -> st.SearchStrategy[str]:
    leaf = st.sampled_from(LEAVES)
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            inner.map(lambda c: f"not ({c})"),
            st.lists(inner, min_size=2, max_size=3).map(lambda cs: "(" + " and ".join(cs) + ")"),
            st.lists(inner, min_size=2, max_size=3).map(lambda cs: "(" + " or ".join(cs) + ")"),
        ),
        max_leaves=6,
    )


def readings(condition: str) -> tuple[Reading, Clause]:
    text = f"- rule: R\n  desc: d\n  condition: '{condition}'\n  output: o\n  priority: INFO\n  warn_evttypes: false\n"
    loaded = load_rules([RuleText("f", text.encode())])
    events = [
        event("SYSCALL_OPENAT_2_X", n, 42, [fd, -100, name, flags, 0, 0, 0])
        for n, (fd, name, flags) in enumerate([(3, "/a", 1), (4, "/a", 2), (-2, "/b", 1), (3, "/b", 2), (3, "/ab", 1)], 1)
    ]
    view = Inspector(snapshot(process(42, "cat")), CURRENT, 2).process(batch(events))
    return Probe().read(view, np.arange(len(events))), Anatomy(loaded).rule(loaded.rules[0])


@given(conditions())
def test_a_decisive_part_decides(condition: str) -> None:
    """By the definition: with the other value of that part the whole has another value."""
    reading, root = readings(condition)
    decisive = reading.decisive(root)
    for leaf in root.leaves():
        flipped = _value(root, reading, leaf)
        assert np.array_equal(decisive[id(leaf)], flipped != reading.value(root)), leaf.text


@given(conditions())
def test_distance_is_zero_where_it_is_true_and_one_where_one_part_decides(condition: str) -> None:
    reading, root = readings(condition)
    away, value = distance(root, reading), reading.value(root)
    decisive = reading.decisive(root)
    some = np.logical_or.reduce([decisive[id(leaf)] for leaf in root.leaves()])
    assert np.array_equal(away == 0, value) and np.array_equal((away == 1), ~value & some)


def _value(clause: Clause, reading: Reading, flipped: Clause) -> Mask:
    """The value of a clause if that of `flipped` were the other one."""
    if clause is flipped:
        return ~reading.value(clause)
    if clause.kind == "check":
        return reading.value(clause)
    each = [_value(term, reading, flipped) for term in clause.terms]
    if clause.kind == "not":
        return ~each[0]
    join = np.logical_and if clause.kind == "and" else np.logical_or
    value: Mask = join.reduce(each)
    return value


def test_a_missing_value_is_told_from_one_that_does_not_fit() -> None:
    condition = "evt.type=openat and fd.num != 9 and proc.pname != x"
    text = f"- rule: R\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n"
    loaded = load_rules([RuleText("f", text.encode())])
    opened = event("SYSCALL_OPENAT_2_X", 1, 77, [3, -100, "/a", 1, 0, 0, 0])  # by a process that nobody knows
    view = Inspector(snapshot(), CURRENT, 2).process(batch([opened]))
    root = Anatomy(loaded).rule(loaded.rules[0])
    reading = Probe().read(view, np.arange(1))
    assert [(bool(reading.value(leaf)[0]), bool(reading.absent(leaf)[0])) for leaf in root.leaves()] == [
        (True, False), (True, False), (False, True),
    ]  # fmt: skip
