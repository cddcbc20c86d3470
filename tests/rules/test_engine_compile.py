"""Conditions of many rules compiled together: what they share is evaluated once."""

from __future__ import annotations

import numpy as np

from pysysdig.events.table import CURRENT
from pysysdig.filter import compile_ast, parse
from pysysdig.filter.ast import And, Not, Or
from pysysdig.rules.engine import ALL, Engine
from tests.rules.tried import rule, view


def test_shared_macros_give_the_same_matches() -> None:
    opened = parse("evt.type in (open, openat) and fd.num >= 0")
    cat = parse("proc.name in (cat, dog)")
    trees = [
        And((opened, cat)),
        And((opened, Not(cat))),
        Or((And((opened, cat)), parse("evt.type=close"))),
        And((Not(opened), parse("evt.type in (openat, close)"))),
    ]
    rules = []
    for i, tree in enumerate(trees):
        made = rule(f"r{i}", "evt.num>0")
        made.ast = tree
        rules.append(made)
    seen = view()
    engine = Engine(rules, CURRENT, ALL)
    for _ in range(2):
        at, which = engine.match(seen)
        for i, tree in enumerate(trees):
            alone = compile_ast(tree, CURRENT).select(seen, np.arange(1, len(seen)))
            assert at[which == i].tolist() == alone.tolist()
