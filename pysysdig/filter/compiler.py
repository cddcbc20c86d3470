"""From a syntax tree to a Filter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.table import GENERIC_E, GENERIC_X, OLD, TYPES, load
from pysysdig.events.text import from_user, to_display
from pysysdig.fields.catalogue import Catalogue
from pysysdig.fields.columns import ColumnCache
from pysysdig.fields.registry import FieldRef
from pysysdig.filter.ast import And, Check, Expr, FieldExpr, Identifier, Not, Or, Transformer, check_depth
from pysysdig.filter.checker import DOMAIN_FIELDS, Checker
from pysysdig.filter.nodes import AllOf, AnyOf, Around, Comparison, FieldComparison, Negation, Node, TypeTest
from pysysdig.filter.operands import FieldOperand, Operand
from pysysdig.filter.operators import Predicate, constant_test, pair_test
from pysysdig.filter.parser import parse
from pysysdig.filter.values import BadValue
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.state.levels import EVENT

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# of these `!=` means that no end matches; other fields with several values match if any of them does
_ENDS = frozenset({"fd.ip", "fd.port", "fd.net", "fd.proto"})
_TIMES = frozenset({"evt.rawtime", "evt.around"})
# types whose events carry their name as a parameter
_NAMED_BY_EVENT = (GENERIC_E, GENERIC_X, TYPES["ASYNCEVENT_E"])


class Filter:
    """A compiled filter.

    fields     the FieldRefs used, in order of evaluation
    needs      the highest level (EVENT, THREAD, FD) of them
    stateful   whether some field's value depends on the events asked before (evt.deltatime)
    warnings   (message, position) of what is legal but probably not meant
    """

    __slots__ = ("_columns", "_root", "fields", "needs", "stateful", "warnings")

    def __init__(self, root: Node, columns: ColumnCache | None, warnings: list[tuple[str, int]]) -> None:
        """columns: its own ones, to be forgotten when a batch is done."""
        self._root = root
        self._columns = columns
        self.fields: tuple[FieldRef, ...] = root.refs
        self.needs = max((r.field.needs for r in root.refs), default=EVENT)
        self.stateful = root.stateful
        self.warnings = warnings

    @property
    def root(self) -> Node:
        """The tree of nodes."""
        return self._root

    def select(self, view: EventView, sel: Ints) -> Ints:
        """Those of the positions `sel` (ascending) whose events match."""
        return sel[self.mask(view, sel)] if len(sel) else sel

    def mask(self, view: EventView, sel: Ints) -> Mask:
        """Which of the events at positions `sel` (ascending) match: bool, shape (len(sel),)."""
        mask = self._root.mask(view, sel)
        if self._columns is not None:
            self._columns.clear()
        return mask

    def event_types(self) -> frozenset[int] | None:
        """Event types that can match, a superset; None if that is all of them."""
        may = self._root.may
        return None if may.all() else frozenset(np.flatnonzero(may).tolist())

    def latest(self) -> int | None:
        """The time (ns) after which no event can match; None: there is no such time."""
        if not any(ref.field.name in _TIMES for ref in self.fields):
            return None
        from pysysdig.filter.bounds import latest  # start-up time

        return latest(self._root)

    def may_match_call(self, name: str) -> bool:
        """Whether an event of a system call that has no type of its own (generic events carry the name) can match."""
        return any(self._root.judge(kind, name)[0] for kind in (GENERIC_E, GENERIC_X))


def compile_filter(
    text: str,
    generation: str = OLD,
    options: RenderOptions = PLAIN,
    early: bool = False,
    catalogue: Catalogue | None = None,
    columns: ColumnCache | None = None,
) -> Filter:
    """Compile a filter as typed by the user.

    generation: OLD or CURRENT, whose wording errors have; options: how it sees what is rendered; early: whether events
    are parsed yet (fields.registry.FieldRef); catalogue: the fields that there are, None: those of all sources; columns: shared
    with others, and forgotten by whoever shares them. Raises FilterError.
    """
    return compile_ast(parse(text), generation, text, options, early, catalogue, columns)


def compile_ast(
    expr: Expr,
    generation: str = OLD,
    text: str = "",
    options: RenderOptions = PLAIN,
    early: bool = False,
    catalogue: Catalogue | None = None,
    columns: ColumnCache | None = None,
) -> Filter:
    """Compile a syntax tree.

    text: the user's text that the positions of the nodes refer to, for error messages; options, early, catalogue,
    columns: as above. Raises FilterError.
    """
    check_depth(expr)
    checker = Checker(from_user(text), generation, options, early, catalogue, columns)
    return Filter(Compiler(checker).node(expr), checker.columns if columns is None else None, checker.warnings)


class Compiler:
    """Trees to nodes, with what one Checker shares.

    all_of  what conjunctions are made with
    """

    __slots__ = ("checker",)
    all_of: type[AllOf] = AllOf

    def __init__(self, checker: Checker) -> None:
        self.checker = checker

    def node(self, expr: Expr) -> Node:
        """Any expression. Raises FilterError."""
        if isinstance(expr, And):
            return self.several(expr.terms, And, self.all_of)
        if isinstance(expr, Or):
            return self.several(expr.terms, Or, AnyOf)
        if isinstance(expr, Not):
            return Negation(self.node(expr.term))
        if isinstance(expr, Check):
            return self.check(expr)
        if isinstance(expr, Identifier):
            raise self.checker.error(f"filter error: unexpected identifier '{expr.name}'", expr)
        raise self.checker.error("filter error: unexpected expression", expr)

    def several(self, terms: Sequence[Expr], kind: type[And] | type[Or], make: Callable[[list[Node]], Node]) -> Node:
        """A conjunction or disjunction, flattened, with the comparisons of equal operands made one."""
        children: list[Node] = []
        for term in self.flattened(terms, kind):
            children.append(self.node(term))
        children = _joined(children, kind is Or)
        return make(children) if len(children) > 1 else children[0]

    def flattened(self, terms: Sequence[Expr], kind: type[And] | type[Or]) -> list[Expr]:
        """The terms, with those of terms of the same kind in place of these."""
        out: list[Expr] = []
        for term in terms:
            out.extend(self.flattened(term.terms, kind) if isinstance(term, kind) else [term])
        return out

    def check(self, check: Check) -> Node:
        """One comparison. Raises FilterError."""
        left = self.checker.left(check)
        if isinstance(check.right, Transformer):
            right = self.checker.right(check, left)
            return FieldComparison(left, right, pair_test(left.type, left.is_list, check.op))
        constants = self.checker.constants(check, left) if check.right is not None else []
        name = left.ref.field.name if isinstance(left, FieldOperand) else ""
        if name == "evt.around":
            assert isinstance(left, FieldOperand)
            if check.op == "exists":
                raise self.checker.error("evt.around supports only '=' comparison operator", check.left)
            return Around(left.ref, constants[0])
        if name in DOMAIN_FIELDS:
            return self.domain(check, DOMAIN_FIELDS[name], constants)
        try:
            every = name in _ENDS and check.op == "!="
            test = constant_test(left.type, left.is_list, check.op, check.modifier, constants, every)
        except BadValue as e:
            raise self.checker.error(str(e), check.right or check) from None
        if name == "evt.rawarg":
            test = _tolerant(test)
        comparison = Comparison(left, [test])
        if name in ("evt.type", "evt.dir"):
            return self.type_test(name, test, comparison)
        return comparison

    def type_test(self, name: str, test: Predicate, rest: Comparison) -> Node:
        """evt.type and evt.dir: one look-up by event type."""
        verdicts = np.zeros(1 << 16, np.uint8)
        for value, types in _types_by(name, self.checker.generation).items():
            if test.value(value):
                verdicts[types] = 1
        if name == "evt.type":
            verdicts[list(_NAMED_BY_EVENT)] = 2
        return TypeTest(verdicts, rest)

    def domain(self, check: Check, field: str, names: Sequence[str]) -> Node:
        """fd.cip.name and its like: is the address one of the domain's?"""
        operand: Operand = self.checker.field(FieldExpr(field, None))
        if check.op == "exists":
            return Comparison(operand, [constant_test("IPADDR", False, "exists", "", [])])
        addresses = _Addresses(names)
        if check.op == "!=":
            return Comparison(operand, [Predicate(lambda v: v not in addresses)])
        return Comparison(operand, [Predicate(addresses.__contains__)])


@cache
def _types_by(name: str, generation: str) -> dict[str, list[int]]:
    """Event types by their evt.type or evt.dir."""
    out: dict[str, list[int]] = {}
    for event in load(generation):
        out.setdefault(event.name if name == "evt.type" else event.dir, []).append(event.type)
    return out


def _joined(children: list[Node], any_of: bool) -> list[Node]:
    """Comparisons of the same operand joined into the first of them."""
    if any(c.stateful for c in children):
        return children
    groups: dict[str, list[Comparison]] = {}
    for c in children:
        if isinstance(c, Comparison):
            groups.setdefault(c.key, []).append(c)
    merged = {key: group[0].joined(group[1:], any_of) for key, group in groups.items() if len(group) > 1}
    out: list[Node] = []
    for c in children:
        whole = merged.get(c.key) if isinstance(c, Comparison) else None
        if whole is None:
            out.append(c)
        elif isinstance(c, Comparison) and c is groups[c.key][0]:
            out.append(whole)
    return out


def _tolerant(test: Predicate) -> Predicate:
    """evt.rawarg: an event may have a parameter of the same name and another type; it does not match then."""

    def value(v: Any) -> bool:
        try:
            return test.value(v)
        except (TypeError, AttributeError):
            return False

    return Predicate(value, test.array)


# addresses by domain name, instead of asking the network
_hosts: ContextVar[Mapping[str, Collection[bytes]] | None] = ContextVar("_hosts", default=None)


@contextmanager
def hosts_given(hosts: Mapping[str, Collection[bytes]]) -> Iterator[None]:
    """In here domain names have these addresses (packed) and no others, and the network is not asked. What a filter has learnt
    once it keeps: one that is used in here is for these addresses."""
    token = _hosts.set(hosts)
    try:
        yield
    finally:
        _hosts.reset(token)


class _Addresses:
    """The addresses of some domain names, asked for when first needed; names that do not resolve have none."""

    __slots__ = ("_known", "_names")

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._known: frozenset[bytes] | None = None

    def __contains__(self, address: bytes) -> bool:
        if self._known is None:
            self._known = frozenset(self._resolve())
        return address in self._known

    def _resolve(self) -> set[bytes]:
        from socket import getaddrinfo, inet_pton

        found: set[bytes] = set()
        given = _hosts.get()
        if given is not None:
            return found.union(*(given.get(to_display(name), ()) for name in self._names))
        for name in self._names:
            try:
                answers = getaddrinfo(to_display(name), None)
            except (OSError, UnicodeError):
                continue
            found.update(inet_pton(family, str(address[0]).partition("%")[0]) for family, _, _, _, address in answers)
        return found
