"""What can be said of rules once macros, lists and exceptions are in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from pysysdig.errors import FilterError, FormatError
from pysysdig.events.table import CREATES_FD, CURRENT, EC_SYSCALL, N_TYPES, USES_FD, load
from pysysdig.filter import to_text
from pysysdig.filter.ast import And, Check, Expr, FieldExpr, Not, Or, walk
from pysysdig.filter.checker import Checker
from pysysdig.filter.compiler import Compiler
from pysysdig.rules import evttypes
from pysysdig.rules.engine_types import tried_types
from pysysdig.rules.evttypes import constants
from pysysdig.rules.model import SYSCALL, Rule
from pysysdig.rules.output_format import OutputFormat
from pysysdig.workbench.lint.logic import Candidates, conjuncts, implied, never_by_number, possible
from pysysdig.workbench.lint.model import NOTE, Finding, Item, Sources, found, whole
from pysysdig.workbench.source import byte_text

# what tells a call that was done from one that failed
_SUCCESS = re.compile(
    r"\b(evt\.(res|rawres|failed|count\.error[\w.]*|rawarg\.(res|fd)|arg\.(res|fd))|fd\.(num|type|typechar|types|ino|dev|l4proto))\b"
)
# events that are there as well where nothing was done
_FALLIBLE = frozenset(
    "open openat openat2 creat open_by_handle_at rename renameat renameat2 unlink unlinkat rmdir mkdir mkdirat link linkat "
    "symlink symlinkat chmod fchmod fchmodat chown lchown fchown fchownat mount umount2 ptrace setns unshare bpf init_module "
    "finit_module connect".split()
)
_FEW = 300  # rules of which each is compared with each
_ARGUMENT = re.compile(r"evt\.(?:raw)?arg[.\[]([A-Za-z_]\w*)\]?")


def wholes(sources: Sources) -> Iterator[Finding]:
    """PS002, PS007, PS011 and PS012."""
    places = {item.name: item for item in sources.items() if item.kind == "rule" and item.new}
    rules = [rule for rule in sources.rule_set.rules if rule.source == SYSCALL and rule.name in places]
    dead = set()
    for rule in rules:
        item = places[rule.name]
        finding = _never(rule, item)
        if finding is not None:
            dead.add(rule.name)
            yield finding
            continue
        yield from _success(rule, item)
        yield from _output(rule, item)
    alive = [rule for rule in rules if rule.enabled and rule.name not in dead]
    for rule, by in shadowed(alive):
        message = f"`{by.name}` comes before it and matches all of its events: this rule never raises an alert"
        yield found("PS007", message, places[rule.name], subject=by.name)


def types_of(rule: Rule) -> list[int]:
    """The event types that can raise alerts of a rule. Starts of system calls are not there, and an asynchronous event only if
    its name is one that the rule asks for."""
    may = Compiler(Checker("", CURRENT)).node(rule.tree).may & tried_types(rule.tree)
    named = evttypes.matching(rule.tree, evttypes.events())
    table = load(CURRENT)
    return [t for t in np.flatnonzero(may).tolist() if named >> t & 1 and (t & 1 or not table[t].category & EC_SYSCALL)]


def _named_types(rule: Rule) -> list[int]:
    """The same without the events that any condition can match."""
    bits = evttypes.matching(rule.tree, evttypes.events())
    return [t for t in range(N_TYPES) if bits >> t & 1 and t & 1]


def _never(rule: Rule, item: Item) -> Finding | None:
    written = item.condition
    span = whole(written) if written is not None else None
    try:
        types = types_of(rule)
    except FilterError:
        return None
    if types and possible([rule.tree]):
        return None
    if never_by_number(rule.tree):
        return found("PS002", "it is switched off by a comparison of evt.num that is never true", item, span, level=NOTE)
    return found("PS002", f"it can never fire: {_contradiction(rule.tree)}", item, span)


def _contradiction(tree: Expr) -> str:
    """Two terms that exclude each other, or that all of them together do."""
    terms = conjuncts(tree)
    for term in terms:
        if isinstance(term, Check) and to_text(term) in ("evt.dir = >", "evt.dir == >", "evt.dir != <"):
            return f"`{_short(term)}`: of system calls rules see the ends alone"
    for i, term in enumerate(terms):
        if not possible([term]):
            return f"`{_short(term)}` is never true"
        for other in terms[:i]:
            if not possible([other, term]):
                return f"`{_short(other)}` and `{_short(term)}` exclude each other"
    return "no event is of all the types that its comparisons want"


def _short(expr: Expr) -> str:
    text = to_text(expr).encode("latin-1", "replace").decode("utf-8", "replace")
    return text if len(text) <= 80 else text[:77] + "..."


def shadowed(rules: list[Rule]) -> Iterator[tuple[Rule, Rule]]:
    """(rule, an earlier one that matches whatever it matches), in load order."""
    types = [evttypes.matching(rule.tree, evttypes.events()) for rule in rules]
    terms = [conjuncts(rule.tree) for rule in rules]
    texts = [frozenset(to_text(t) for t in some) for some in terms]
    candidates = Candidates()
    for late, rule in enumerate(rules):
        earlier = range(late) if len(rules) <= _FEW else candidates.of(terms[late])
        candidates.add(late, terms[late])
        for early in earlier:
            if types[late] & ~types[early]:
                continue
            if all(implied(term, terms[late], texts[late]) for term in _cheap_first(terms[early])):
                yield rule, rules[early]
                break


def _cheap_first(terms: list[Expr]) -> list[Expr]:
    """Those that are decided soonest first."""
    return sorted(terms, key=lambda t: not isinstance(t, Check))


def _success(rule: Rule, item: Item) -> Iterator[Finding]:
    named = {
        name for node in walk(rule.tree) if isinstance(node, Check) and isinstance(node.left, FieldExpr)
        and node.left.name == "evt.type" for name in constants(node) or ()
    }  # fmt: skip
    calls = sorted(named & _FALLIBLE)
    if calls and not _SUCCESS.search(to_text(rule.tree)):
        written = item.condition
        shown = ", ".join(calls[:4]) + (" ..." if len(calls) > 4 else "")
        message = f"calls that failed match, too ({shown}): nothing compares evt.res, evt.failed or fd.num"
        yield found("PS011", message, item, whole(written) if written is not None else None)


def _output(rule: Rule, item: Item) -> Iterator[Finding]:
    """Fields of the output that none of the events has."""
    try:
        names = OutputFormat(byte_text(rule.output_compiled)).fields
    except FormatError:
        return
    table = load(CURRENT)
    types = [table[t] for t in _named_types(rule)]
    if not types or len(types) > 100:
        return
    node = item.node.get("output")
    for name in dict.fromkeys(names):
        parameter = _ARGUMENT.fullmatch(name)
        if parameter is not None:
            lacking = all(info.param_index(parameter[1]) < 0 for info in types)
        else:
            lacking = name.startswith("fd.") and not any(info.flags & (USES_FD | CREATES_FD) for info in types)
        if lacking:
            events = ", ".join(dict.fromkeys(info.name for info in types[:3]))
            message = f"%{name} has no value at any event of this rule ({events}{' ...' if len(types) > 3 else ''})"
            span = None
            if node is not None:
                at = item.file.text.find(f"%{name}", node.index, node.end)
                span = (at, at + 1 + len(name)) if at >= 0 else (node.index, node.end)
            yield found("PS012", message, item, span, name)


def excepted(rule: Rule) -> tuple[Expr, list[Expr]]:
    """The condition of a rule, and its exceptions with values, in order."""
    tree = rule.tree
    number = sum(1 for e in rule.exceptions if e.values)
    if not number or not isinstance(tree, And) or len(tree.terms) != number + 1:
        return tree, []
    negated = [term.term for term in tree.terms[1:] if isinstance(term, Not)]
    return (tree.terms[0], negated) if len(negated) == number else (tree, [])


def rows(exception: Expr, number: int) -> list[Expr]:
    """The rows of an exception with that many of them."""
    if number == 1:
        return [exception]
    return list(exception.terms) if isinstance(exception, Or) and len(exception.terms) == number else []
