"""What a filter compiles to: a tree of nodes that narrow a selection of events, column by column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique_inverse
from pysysdig.events.column import Column, DictColumn, NumColumn
from pysysdig.events.table import GENERIC_X, N_TYPES, sc_name
from pysysdig.fields.registry import FieldRef
from pysysdig.filter.memo import CodeMemo
from pysysdig.filter.operands import MAX_MEMO, Operand
from pysysdig.filter.operators import Predicate

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

EVERY_TYPE = np.ones(N_TYPES, bool)
NO_TYPE = np.zeros(N_TYPES, bool)


class Node:
    """Base.

    refs      the fields used below
    cost      relative price, for ordering
    stateful  order of evaluation matters
    may       bool (N_TYPES,): event types that can satisfy the node
    must      bool (N_TYPES,): event types whose events all satisfy it
    """

    __slots__ = ("cost", "may", "must", "refs", "stateful")

    cost: int
    may: Mask
    must: Mask
    refs: tuple[FieldRef, ...]
    stateful: bool

    def mask(self, view: EventView, sel: Ints) -> Mask:
        """Which of the events at positions `sel` satisfy the node: bool, shape (len(sel),)."""
        raise NotImplementedError

    def judge(self, kind: int, name: str) -> tuple[bool, bool]:
        """(some, every): of the events of a type that carry this name themselves, some may satisfy the node, all do."""
        return bool(self.may[kind]), bool(self.must[kind])

    def absent(self, view: EventView, sel: Ints) -> Mask:
        """Of which of the events at positions `sel` a comparison is false because there is no value: bool, shape (len(sel),)."""
        return np.zeros(len(sel), bool)


class AllOf(Node):
    """Conjunction: each child sees only what the earlier ones left, and all see only events of types that can satisfy it."""

    __slots__ = ("_types", "children")

    def __init__(self, children: Sequence[Node]) -> None:
        self.children = _ordered(children)
        _inherit(self, self.children)
        self.may = np.logical_and.reduce([c.may for c in children])
        self.must = np.logical_and.reduce([c.must for c in children])
        self._types: Mask | None = None  # where that leaves out more than the first child does
        if not self.stateful and (self.may < self.children[0].may).any():
            self._types = np.ones(1 << 16, bool)
            self._types[:N_TYPES] = self.may

    def judge(self, kind: int, name: str) -> tuple[bool, bool]:
        found = [child.judge(kind, name) for child in self.children]
        return all(some for some, _ in found), all(every for _, every in found)

    def mask(self, view: EventView, sel: Ints) -> Mask:
        index = None if self._types is None else np.flatnonzero(self._types.take(view.batch.type_of(sel)))
        for child in self.children:
            if index is None:
                index = np.flatnonzero(child.mask(view, sel))
            elif len(index):
                index = index[child.mask(view, sel[index])]
        out = np.zeros(len(sel), bool)
        out[index] = True
        return out


class AnyOf(Node):
    """Disjunction: each child sees only what the earlier ones refused."""

    __slots__ = ("children",)

    def __init__(self, children: Sequence[Node]) -> None:
        self.children = _ordered(children)
        _inherit(self, self.children)
        self.may = np.logical_or.reduce([c.may for c in children])
        self.must = np.logical_or.reduce([c.must for c in children])

    def judge(self, kind: int, name: str) -> tuple[bool, bool]:
        found = [child.judge(kind, name) for child in self.children]
        return any(some for some, _ in found), any(every for _, every in found)

    def mask(self, view: EventView, sel: Ints) -> Mask:
        out = np.zeros(len(sel), bool)
        index = np.arange(len(sel))
        rest = sel
        for child in self.children:
            hit = child.mask(view, rest)
            if hit.any():
                out[index[hit]] = True
                index = index[~hit]
                rest = sel[index]
                if not len(index):
                    break
        return out


class Negation(Node):
    """Everything the child refuses."""

    __slots__ = ("child",)

    def __init__(self, child: Node) -> None:
        self.child = child
        _inherit(self, (child,))
        self.may = ~child.must
        self.must = ~child.may

    def judge(self, kind: int, name: str) -> tuple[bool, bool]:
        some, every = self.child.judge(kind, name)
        return not every, not some

    def mask(self, view: EventView, sel: Ints) -> Mask:
        return ~self.child.mask(view, sel)


class TypeTest(Node):
    """A test of a field that depends on the event type alone (evt.type, evt.dir).

    verdicts  uint8 (65536,): 0 no, 1 yes, 2 ask `rest` (types whose events carry their name themselves)
    """

    __slots__ = ("_rest", "_verdicts", "_without_generic")

    def __init__(self, verdicts: npt.NDArray[np.uint8], rest: Comparison) -> None:
        self._verdicts = verdicts
        self._without_generic = verdicts.copy()  # for batches whose generic events are known not to match
        self._without_generic[GENERIC_X - 1 : GENERIC_X + 1] = 0
        self._rest = rest
        self.refs = rest.refs
        self.stateful = False
        self.cost = 0
        self.may = verdicts[:N_TYPES] > 0
        self.must = verdicts[:N_TYPES] == 1

    def named(self, kind: int, names: Sequence[str]) -> list[bool]:
        """The verdicts on events of a type: one if the type says it all, else one for each name that they may carry."""
        verdict = int(self._verdicts[kind])
        return [verdict == 1] if verdict < 2 else [self._rest.accepts(name) for name in names]

    def judge(self, kind: int, name: str) -> tuple[bool, bool]:
        (found,) = self.named(kind, (name,))
        return found, found

    def mask(self, view: EventView, sel: Ints) -> Mask:
        batch = view.batch
        verdicts, calls = self._verdicts, batch.calls
        if calls is not None and verdicts[GENERIC_X] == 2 and not any(self._rest.accepts(sc_name(c)) for c in calls):
            verdicts = self._without_generic
        verdict = batch.by_type(verdicts) if len(sel) == len(batch) else verdicts.take(batch.type_of(sel))
        out: Mask = verdict == 1
        unsure = np.flatnonzero(verdict == 2)
        if len(unsure):
            out[unsure] = self._rest.mask(view, sel[unsure])
        return out


class Comparison(Node):
    """Tests of one operand against constants: one (`any_of` False: all) of them, sharing the column and the memo."""

    __slots__ = ("_any_of", "_codes", "_memo", "_operand", "_tests", "_value")

    def __init__(self, operand: Operand, tests: Sequence[Predicate], any_of: bool = False) -> None:
        self._operand = operand
        self._tests = tests
        self._any_of = any_of
        self._value: Callable[[Any], bool] = tests[0].value if len(tests) == 1 else self._verdict
        self._codes = CodeMemo(self._value, 0, np.int8, tests[0].texts if len(tests) == 1 else None)
        self._memo: dict[Any, bool] = {}
        self.refs = operand.refs
        self.stateful = operand.stateful
        self.cost = operand.cost + len(tests)
        self.may = EVERY_TYPE
        self.must = NO_TYPE

    def joined(self, others: Sequence[Comparison], any_of: bool) -> Comparison | None:
        """This and other comparisons of the same operand as one; None if that is not possible."""
        every = [self, *others]
        if self.stateful or any(len(c._tests) > 1 and c._any_of != any_of for c in every):
            return None
        return Comparison(self._operand, [t for c in every for t in c._tests], any_of)

    @property
    def points(self) -> frozenset[Any] | None:
        """All values between which the verdict can change (see Predicate)."""
        each = [t.points for t in self._tests]
        return None if None in each else frozenset().union(*each)  # type: ignore[arg-type]

    @property
    def key(self) -> str:
        """Comparisons with equal keys look at the same values."""
        return self._operand.key

    def accepts(self, value: Any) -> bool:
        """The verdict on one value of the operand (not None)."""
        return self._value(value)

    def _verdict(self, value: Any) -> bool:
        if self._any_of:
            return any(t.value(value) for t in self._tests)
        return all(t.value(value) for t in self._tests)

    def mask(self, view: EventView, sel: Ints) -> Mask:
        column = self._operand.column(view, sel)
        if isinstance(column, DictColumn):
            return self._codes(column) == 1  # type: ignore[no-any-return]
        if isinstance(column, NumColumn):
            arrays = [t.array for t in self._tests]
            if all(a is not None for a in arrays):
                return self._numbers(column, arrays)
        return self._objects(column.tolist())

    def mask_of_few(self, view: EventView, sel: Ints) -> Mask:
        """The same as `mask`, faster for a handful of events of ever new captures: what is known of values outlives their
        dictionaries."""
        column = self._operand.column(view, sel)
        return self.mask(view, sel) if isinstance(column, NumColumn) else self._objects(column.tolist())

    def absent(self, view: EventView, sel: Ints) -> Mask:
        return _missing(self._operand.column(view, sel))

    def _numbers(self, column: NumColumn, arrays: Sequence[Any]) -> Mask:
        out: Mask | None = None
        for test in arrays:
            hit = test(column.values)
            out = hit if out is None else (out | hit) if self._any_of else (out & hit)
        assert out is not None
        return out if column.valid is None else out & column.valid

    def _objects(self, items: list[Any]) -> Mask:
        memo = self._memo
        if len(memo) > MAX_MEMO:
            memo.clear()
        out = np.zeros(len(items), bool)
        for i, item in enumerate(items):
            if item is None:
                continue
            if isinstance(item, bytes):  # buffers are seldom equal, and dear to hash
                out[i] = self._value(item)
                continue
            verdict = memo.get(item)
            if verdict is None:
                verdict = memo[item] = self._value(item)
            out[i] = verdict
        return out


class FieldComparison(Node):
    """A comparison of two operands event by event."""

    __slots__ = ("_left", "_memo", "_right", "_test")

    def __init__(self, left: Operand, right: Operand, test: Callable[[Any, Any], bool]) -> None:
        self._left = left
        self._right = right
        self._test = test
        self._memo: dict[tuple[Any, Any], bool] = {}
        self.refs = left.refs + right.refs
        self.stateful = left.stateful or right.stateful
        self.cost = left.cost + right.cost + 10
        self.may = EVERY_TYPE
        self.must = NO_TYPE

    def mask(self, view: EventView, sel: Ints) -> Mask:
        left = self._left.column(view, sel)
        right = self._right.column(view, sel)
        if isinstance(left, DictColumn) and isinstance(right, DictColumn):
            return self._dictionaries(left, right)
        return self._pairs(left, right)

    def absent(self, view: EventView, sel: Ints) -> Mask:
        return _missing(self._left.column(view, sel)) | _missing(self._right.column(view, sel))

    def _pairs(self, left: Column, right: Column) -> Mask:
        memo, test = self._memo, self._test
        if len(memo) > MAX_MEMO:
            memo.clear()
        out = np.zeros(len(left), bool)
        for i, pair in enumerate(zip(left.tolist(), right.tolist())):
            if pair[0] is None or pair[1] is None:
                continue
            verdict = memo.get(pair)
            if verdict is None:
                verdict = memo[pair] = test(*pair)
            out[i] = verdict
        return out

    def _dictionaries(self, left: DictColumn, right: DictColumn) -> Mask:
        """Each pair of values once."""
        width = len(right.dictionary) + 1
        keys = (left.codes.astype(np.int64) + 1) * width + right.codes + 1
        pairs, where = unique_inverse(keys)
        verdicts = np.zeros(len(pairs), bool)
        for i, key in enumerate(pairs.tolist()):
            a, b = divmod(key, width)
            if a and b:
                verdicts[i] = self._test(left.dictionary.values[a - 1], right.dictionary.values[b - 1])
        return verdicts[where]


class Around(Node):
    """`evt.around[ts]=ms`: events at most so many milliseconds away from a time stamp."""

    __slots__ = ("_delta", "_ts")

    def __init__(self, ref: FieldRef, milliseconds: int) -> None:
        self._ts = ref.arg if isinstance(ref.arg, int) else 0
        self._delta = milliseconds * 1_000_000
        self.refs = (ref,)
        self.stateful = False
        self.cost = 1
        self.may = EVERY_TYPE
        self.must = NO_TYPE

    @property
    def bounds(self) -> tuple[int, int]:
        """The first and the last time (ns)."""
        return max(self._ts - self._delta, 0), min(self._ts + self._delta, (1 << 64) - 1)

    def mask(self, view: EventView, sel: Ints) -> Mask:
        ts = view.batch.ts[sel]
        low, high = self.bounds
        return (ts >= np.uint64(low)) & (ts <= np.uint64(high))


def _missing(column: Column) -> Mask:
    """Which values of a column are missing."""
    if isinstance(column, NumColumn):
        return np.zeros(len(column), bool) if column.valid is None else ~column.valid
    if isinstance(column, DictColumn):
        return column.codes < 0
    return np.array([item is None for item in column.tolist()], bool)


def _ordered(children: Sequence[Node]) -> list[Node]:
    """Cheap ones first, unless that would change what a field with a memory of its own gets to see."""
    return list(children) if any(c.stateful for c in children) else sorted(children, key=lambda c: c.cost)


def _inherit(node: Node, children: Sequence[Node]) -> None:
    node.refs = tuple(r for c in children for r in c.refs)
    node.stateful = any(c.stateful for c in children)
    node.cost = sum(c.cost for c in children)
