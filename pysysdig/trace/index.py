"""Which frames may hold events that a filter accepts, judged by what their metas say.

A meta names the event types in its frame, the system calls that generic events stand for, the processes, and the first and
last event number and time. Each node of a filter gets two verdicts on a frame: whether some event may satisfy it, and
whether all events are sure to; with both, negations are judged as well as anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.events.table import GENERIC_X, N_TYPES, sc_name
from pysysdig.filter.nodes import AllOf, AnyOf, Around, Comparison, Negation, Node, TypeTest
from pysysdig.render.times import SECOND
from pysysdig.trace.values import listed, member, numbers, words

if TYPE_CHECKING:
    from pysysdig.filter import Filter

_NAME, _FD_NAME = "proc.name", "fd.name"
_UNKNOWN = (True, False)  # verdicts of somebody who knows nothing
_MAX_POINTS = 256  # of comparisons with more constants nothing is said
Verdicts = tuple[bool, bool]


class _Facts:
    """What is known of the events of one frame. Raises ValueError for a meta that makes no sense.

    kinds   event types, uint16
    calls   names of the system calls that generic events stand for, None: unknown
    names   of processes, None: unknown
    num, ts (lowest, highest) event number and time (ns)
    """

    __slots__ = ("calls", "kinds", "names", "num", "start", "ts")

    def __init__(self, meta: dict[str, Any], start: int) -> None:
        """start: time of the first event of the stream, 0: unknown."""
        self.kinds = np.array(numbers(member(meta, "kinds"), N_TYPES), np.uint16)
        calls, names = meta.get("calls"), member(meta, "names")
        self.calls = None if calls is None else [sc_name(c) for c in numbers(calls)]
        self.names = None if names is None else words(names)
        self.num, self.ts = _pair(member(meta, "num")), _pair(member(meta, "ts"))
        self.start = start

    def reach(self, field: str) -> tuple[int, int] | None:
        """Lowest and highest value of a field that grows with number or time; None for other fields."""
        if field == "evt.num":
            return self.num
        low, high = self.ts
        name, _, unit = field.rpartition(".") if field.endswith(".s") else (field, "", "")
        if name == "evt.reltime" and 0 < self.start <= low:
            low, high = low - self.start, high - self.start
        elif name != "evt.rawtime":
            return None
        return (low // SECOND, high // SECOND) if unit else (low, high)


def _pair(value: Any) -> tuple[int, int]:
    low, high = numbers(listed(value, 2))
    if low > high:
        raise ValueError
    return low, high


def fd_matcher(chosen: Filter) -> Callable[[list[str]], bool] | None:
    """A function that tells from all that fd.name is in a frame whether the filter can accept any of its events; None if the
    filter accepts events whatever their descriptors are."""
    root = chosen.root
    terms = root.children if isinstance(root, AllOf) else [root]
    tests = [t for t in terms if isinstance(t, Comparison) and t.key == _FD_NAME]
    return (lambda names: all(any(map(t.accepts, names)) for t in tests)) if tests else None


def matcher(chosen: Filter, start: int = 0) -> Callable[[dict[str, Any]], bool]:
    """A function that tells from the meta of an events frame whether the filter can accept any of its events.

    start: time of the first event of the stream (0: unknown). It raises ValueError for a meta that makes no sense.
    """
    root = chosen.root
    return lambda meta: _judge(root, _Facts(meta, start))[0]


def _judge(node: Node, facts: _Facts) -> Verdicts:
    """(some event may satisfy the node, all events satisfy it)."""
    some, every = bool(node.may[facts.kinds].any()), bool(node.must[facts.kinds].all())
    if not some or every:
        return some, every
    if isinstance(node, AllOf):
        return _combined([_judge(child, facts) for child in node.children], all)
    if isinstance(node, AnyOf):
        return _combined([_judge(child, facts) for child in node.children], any)
    if isinstance(node, Negation):
        some, every = _judge(node.child, facts)
        return not every, not some
    if isinstance(node, TypeTest):
        return _types(node, facts)
    if isinstance(node, Around):
        low, high = node.bounds
        return low <= facts.ts[1] and high >= facts.ts[0], low <= facts.ts[0] and high >= facts.ts[1]
    return _comparison(node, facts) if isinstance(node, Comparison) else _UNKNOWN


def _combined(verdicts: list[Verdicts], how: Callable[[Iterable[bool]], bool]) -> Verdicts:
    return how(some for some, _ in verdicts), how(every for _, every in verdicts)


def _types(node: TypeTest, facts: _Facts) -> Verdicts:
    """Whether a type satisfies the node is known, but for events that carry their names: generic events may be known."""
    some, every = False, True
    for kind in facts.kinds.tolist():
        names = facts.calls if kind | 1 == GENERIC_X else None
        if names is None and not (node.must[kind] or not node.may[kind]):
            return _UNKNOWN
        found = node.named(kind, names or ())
        some, every = some or any(found), every and all(found)
    return some, every


def _comparison(node: Comparison, facts: _Facts) -> Verdicts:
    if node.key == _NAME:  # events without a process have no name
        return (True if facts.names is None else any(map(node.accepts, facts.names))), False
    points = node.points
    if points is None or len(points) > _MAX_POINTS:
        return _UNKNOWN
    reach = facts.reach(node.key)
    if reach is None:
        return _UNKNOWN
    low, high = reach
    found = [node.accepts(p) for p in {low, high, *(p + d for p in points for d in (-1, 0, 1) if low <= p + d <= high)}]
    return any(found), all(found)
