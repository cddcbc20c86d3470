"""Which event types a condition is tried on: the reference's static analysis, with its quirks.

It is not quite a superset of what can match. System calls without an event type of their own all share one (generic), so
`evt.type != acct` rules out every such call. Rules see what Falco's rules see, so this decides here, too.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import numpy.typing as npt

from pysysdig.events._event_table import SC_NAMES
from pysysdig.events.table import CURRENT, GENERIC_E, GENERIC_X, N_TYPES, TYPES, load
from pysysdig.filter.ast import And, Check, Expr, FieldExpr, ListExpr, Not, Or, Value

Mask = npt.NDArray[np.bool_]

# enter events that complete older exit events; no rule sees them
_HIDDEN = (
    "SYSCALL_OPEN_E", "SYSCALL_OPENAT_2_E", "SYSCALL_OPENAT2_E", "SYSCALL_CREAT_E", "SOCKET_CONNECT_E", "SYSCALL_EXECVE_19_E",
    "SYSCALL_EXECVEAT_E",
)  # fmt: skip
_ASYNC = TYPES["ASYNCEVENT_E"]
_PLUGIN = TYPES["PLUGINEVENT_E"]
_TYPE_FIELDS = ("evt.type", "syscall.type")
_TYPE_OPERATORS = ("=", "==", "!=", "in")
_U64 = 1 << 64


@cache
def unseen() -> Mask:
    """bool (N_TYPES,): event types that the rules of system calls never see."""
    out = np.zeros(N_TYPES, bool)
    out[[TYPES[name] for name in _HIDDEN]] = True
    out[_PLUGIN] = True
    return out


def event_codes(condition: Expr) -> Mask:
    """bool (N_TYPES,): the event types that a condition without macros can match, as the reference sees it."""
    return _codes(condition, False)


def tried_types(condition: Expr) -> Mask:
    """bool (N_TYPES,): the event types that a rule with this condition is tried on."""
    out = event_codes(condition)
    out[_ASYNC] = True
    return out & ~unseen()


def _codes(expr: Expr, negated: bool) -> Mask:
    if isinstance(expr, Not):
        return _codes(expr.term, not negated)
    if isinstance(expr, (And, Or)):
        parts = [_codes(term, negated) for term in expr.terms]
        every = isinstance(expr, And) != negated
        out: Mask = np.logical_and.reduce(parts) if every else np.logical_or.reduce(parts)
        return out
    if not isinstance(expr, Check) or not isinstance(expr.left, FieldExpr):
        return np.ones(N_TYPES, bool)
    field = expr.left
    if field.text == "evt.num":
        known = _event_number(expr)
        if known is not None:
            return np.full(N_TYPES, known != negated)
    elif field.text in _TYPE_FIELDS:
        if expr.op == "exists":
            return np.full(N_TYPES, not negated)
        names = _names(expr)
        if names is not None and expr.op in _TYPE_OPERATORS:
            out = _named(names)
            return ~out if negated != (expr.op == "!=") else out
    return np.ones(N_TYPES, bool)


def _names(check: Check) -> frozenset[str] | None:
    if isinstance(check.right, ListExpr):
        return frozenset(v.text for v in check.right.values)
    return frozenset({check.right.text}) if isinstance(check.right, Value) else None


@cache
def _named(names: frozenset[str]) -> Mask:
    out = np.zeros(N_TYPES, bool)
    found = set()
    for info in load(CURRENT)[2:]:
        if info.name in names:
            out[info.type] = True
            found.add(info.name)
    if not _calls().isdisjoint(names - found):
        out[[GENERIC_E, GENERIC_X]] = True
    return out


@cache
def _calls() -> frozenset[str]:
    return frozenset(SC_NAMES.values())


def _event_number(check: Check) -> bool | None:
    """Whether a comparison of evt.num, which is never 0, is always true or never; None = it depends."""
    if check.op == "in":
        if not isinstance(check.right, ListExpr):
            return None
        return False if all(_u64(v.text) == 0 for v in check.right.values) else None
    n = _u64(check.right.text) if isinstance(check.right, Value) else None
    if n is None:
        return None
    if check.op in ("=", "==", "<="):
        return False if n == 0 else None
    if check.op in ("!=", ">"):
        return True if n == 0 else None
    if check.op == "<":
        return False if n <= 1 else None
    return True if check.op == ">=" and n <= 1 else None


def _u64(text: str) -> int | None:
    if re.fullmatch(r"[+-]?[0-9]{1,20}", text, re.ASCII):
        return int(text) % _U64
    return int(text, 16) % _U64 if re.fullmatch(r"0[xX][0-9a-fA-F]{1,16}", text) else None
