"""Rules made by hand, and a few events to try them on."""

from __future__ import annotations

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT
from pysysdig.filter import parse
from pysysdig.rules.engine import FIRST, Engine
from pysysdig.rules.model import PRIORITIES, Rule
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.view import EventView


def rule(name: str, condition: str, priority: str = "Warning", tags: tuple[str, ...] = (), enabled: bool = True) -> Rule:
    made = Rule(name, condition, "out", "", PRIORITIES.index(priority), None, None, None)  # type: ignore[arg-type]
    made.ast = parse(condition)
    made.tags = list(tags)
    made.enabled = enabled
    return made


def view(generation: str = CURRENT) -> EventView:
    events = [
        event("SYSCALL_OPENAT_2_E", 1, 42, [-100, "/etc/passwd", 1, 0]),
        event("SYSCALL_OPENAT_2_X", 2, 42, [3, -100, "/etc/passwd", 1, 0, 0, 0]),
        event("SYSCALL_CLOSE_X", 3, 42, [0, 3]),
        event("SYSCALL_OPENAT_2_X", 4, 43, [-2, -100, "/nothing", 1, 0, 0, 0]),
        event("GENERIC_X", 5, 43, [164, 0]),
        event("PROCEXIT_1_E", 6, 43, [0, 0, 0, 0, 0]),
    ]
    return Inspector(snapshot(process(42, "cat"), process(43, "ls")), generation, 2).process(batch(events))


def matches(rules: list[Rule], matching: str = FIRST, generation: str = CURRENT) -> list[tuple[int, str]]:
    engine = Engine(rules, generation, matching)
    at, which = engine.match(view(generation))
    return [(p, engine.rules[i].name) for p, i in zip(at.tolist(), which.tolist(), strict=True)]
