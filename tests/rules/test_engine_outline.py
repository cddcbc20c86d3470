"""What is known of conditions before they are compiled, and that they are compiled when their events come."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pysysdig.errors import FilterError
from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.eventsources import registry
from pysysdig.filter import parse
from pysysdig.rules.engine import Engine
from pysysdig.rules.engine_compile import RuleCompiler
from pysysdig.rules.engine_outline import Outlines
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.rules.model import SYSCALL
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector
from tests.rules.tried import rule

CONDITIONS = [
    "evt.type in (open, openat) and fd.name startswith /etc",
    "not (evt.type=openat and proc.name=cat) or evt.dir=<",
    "evt.type!=close and not evt.type in (execve, acct)",
    "proc.name=cat or fd.num>3",
    "not not (evt.type=close and (evt.num>2 or evt.type=open))",
    "(evt.type=openat or proc.pname=x) and (evt.type=close or user.name=root)",
    "tolower(evt.type)=close and thread.vmsize>1",
    "toupper(proc.name) = val(proc.pname) and evt.dir=>",
    "evt.type startswith open or evt.arg.flags contains O_RDWR",
    "evt.type exists and proc.aname[2]=init",
    "evt.num=0 or evt.deltatime>1",
]


@pytest.mark.parametrize("generation", [CURRENT, OLD])
@pytest.mark.parametrize("text", CONDITIONS)
def test_an_outline_says_what_the_compiled_condition_says(text: str, generation: str) -> None:
    tree = parse(text)
    outlines = Outlines(generation, registry.catalogue(SYSCALL))
    compiled = RuleCompiler([tree], generation).node(tree)
    for _ in range(2):  # also what it remembers
        outline = outlines.node(tree)
        np.testing.assert_array_equal(outline.may, compiled.may)
        np.testing.assert_array_equal(outline.must, compiled.must)
        assert outlines.needs(tree) == max(ref.field.needs for ref in compiled.refs)


def test_the_same_of_real_rules(shared: Path) -> None:
    folder = shared / "rules"
    loaded = load_rules([str(folder / "current_falco_rules.yaml"), str(folder / "current_falco-sandbox_rules.yaml")])
    assert len(loaded.rules) > 50
    outlines = Outlines(CURRENT, registry.catalogue(SYSCALL))
    compiler = RuleCompiler([r.tree for r in loaded.rules], CURRENT)
    for r in loaded.rules:
        compiled = compiler.node(r.tree)
        np.testing.assert_array_equal(outlines.node(r.tree).may, compiled.may, r.name)
        assert outlines.needs(r.tree) == max(ref.field.needs for ref in compiled.refs), r.name


def test_only_conditions_whose_events_occur_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    node = RuleCompiler.node

    def noted(self: RuleCompiler, expr: object) -> object:
        made.append(expr)
        return node(self, expr)  # type: ignore[arg-type]

    monkeypatch.setattr(RuleCompiler, "node", noted)
    rules = [rule("closed", "evt.type=close and fd.num=3"), rule("ended", "evt.type=procexit and proc.name=ls")]
    engine = Engine(rules)
    inspector = Inspector(snapshot(process(42, "cat"), process(43, "ls")), CURRENT, engine.needs)
    assert not made
    at, which = engine.match(inspector.process(batch([event("SYSCALL_CLOSE_X", 1, 42, [0, 3])])))
    assert (at.tolist(), which.tolist()) == ([0], [0])
    assert rules[0].ast in made
    assert rules[1].ast not in made
    at, which = engine.match(inspector.process(batch([event("PROCEXIT_1_E", 2, 43, [0, 0, 0, 0, 0])])))
    assert (at.tolist(), which.tolist()) == ([0], [1])
    assert len(made) == len(set(map(id, made)))  # once each


def test_what_is_wrong_with_a_condition_is_said_before_any_event() -> None:
    text = b"- rule: a\n  desc: d\n  condition: evt.type=close and fd.num=x\n  output: o\n  priority: INFO\n"
    result = load_rules([RuleText("r.yaml", text)]).results[0]
    assert not result.successful
    assert "x is not a valid number" in result.as_text()
    assert "^" in result.as_text()
    with pytest.raises(FilterError, match="rule a: "):  # rules are loaded for the current generation
        Engine([rule("a", "evt.type=procexit and evt.rawarg.nothing=1")], OLD)
    with pytest.raises(FilterError, match="rule b: .*unknown event type nothing"):
        Engine([rule("b", "evt.type=nothing")])
