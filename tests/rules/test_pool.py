"""Rule sets tried together."""

from __future__ import annotations

from pathlib import Path

from pysysdig.filter.parser import parse
from pysysdig.replay import replay
from pysysdig.rules.engine import ALL, FIRST, Engine
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.rules.model import Rule
from pysysdig.rules.pool import Interner, Pool, stateful
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any
from tests.workbench.conftest import SHADOWED


def rules(text: str) -> list[Rule]:
    return list(load_rules([RuleText("r", text.encode())]).rules)


def test_equal_trees_become_one_object() -> None:
    interner = Interner()
    texts = (
        "a.b=1 and (c.d=2 or not e.f in (x, y))",
        " a.b=1  and (c.d = 2 or not e.f in (x,y))",
        "a.b=1 and (c.d=2 or e.f in (x, y))",
    )
    one, same, other = (interner.expr(parse(text)) for text in texts)
    assert one is same and other is not one and one.children()[0] is other.children()[0]


def test_the_same_matches_as_alone(root: Path) -> None:
    other = SHADOWED.replace("proc.name = cat", "proc.name = sort")
    lines = SHADOWED.split("- rule: Later")
    backwards = "- rule: Later" + lines[1] + lines[0]
    sets = [(rules(text), matching) for text in (SHADOWED, other, backwards, SHADOWED) for matching in (FIRST, ALL)]
    pool = Pool(sets)
    assert len(pool.rules) == 3
    engines = [Engine(some, matching=matching) for some, matching in sets]
    found = 0
    with open_any(str(root / "captures" / "demo.scap")) as capture:
        for view, _ in replay(converted(capture.sections()), level=pool.needs):
            for (positions, indexes), engine in zip(pool.match(view), engines):
                wanted = engine.match(view)
                assert positions.tolist() == wanted[0].tolist() and indexes.tolist() == wanted[1].tolist()
                found += len(positions)
    assert found > 50


def test_what_depends_on_the_events_before() -> None:
    assert not stateful(rules(SHADOWED)) and stateful(rules(SHADOWED.replace("proc.name = cat", "evt.deltatime > 1")))
