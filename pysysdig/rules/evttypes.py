"""Which event types a condition can match, by its evt.type checks alone, as the reference counts them.

Negations are pushed down to the checks; a check of anything but the type is neutral, also when negated. Sets of types
are integers with one bit for each event type of the current table.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from pysysdig.events._syscall_table import SC_NAMES, X86_64_SYSCALLS
from pysysdig.events.table import CURRENT, GENERIC_E, GENERIC_X, TYPES, load
from pysysdig.filter.ast import And, Check, Expr, FieldExpr, Identifier, ListExpr, Not, Or, Value

_TYPE_FIELDS = frozenset({"evt.type", "syscall.type"})
_EQUALITY = frozenset({"==", "=", "!=", "in"})
_GENERIC = 1 << GENERIC_E | 1 << GENERIC_X

# calls of other machines and tracepoints, which share the events of others
_SHARED = {
    "fcntl64": "fcntl", "_llseek": "llseek", "sendfile64": "sendfile", "ugetrlimit": "getrlimit",
    "sched_process_exit": "procexit", "sched_switch": "switch", "page_fault_user": "page_fault",
    "page_fault_kernel": "page_fault", "signal_deliver": "signaldeliver",
}  # fmt: skip
_WIDE = "32"  # getuid32 ... are getuid ...

# what is known of an event number, which begins at 1: operator -> the largest constant for which the check is never
# true, and the one for which it always is
_NEVER = {"=": 0, "==": 0, "<": 1, "<=": 0}
_ALWAYS = {"!=": 0, ">": 0, ">=": 1}


class Space:
    """A set of things with names that evt.type may be compared with: event types, or system calls.

    every   the set of all
    """

    __slots__ = ("_names", "every")

    def __init__(self, names: dict[str, int], every: int) -> None:
        self._names = names
        self.every = every

    def named(self, names: Iterable[str]) -> int:
        """The set of those with one of the names."""
        out = 0
        for name in names:
            out |= self._names.get(name, 0)
        return out


@cache
def events() -> Space:
    """Event types; system calls without events of their own are generic events."""
    names: dict[str, int] = {}
    table = load(CURRENT)
    for info in table[2:]:
        names[info.name] = names.get(info.name, 0) | 1 << info.type
    names["container"] = names.get("container", 0) | 1 << TYPES["ASYNCEVENT_E"]
    for name in SC_NAMES.values():
        names.setdefault(name, _GENERIC)
    return Space(names, (1 << len(table)) - 1)


@cache
def syscalls() -> Space:
    """System calls, by the names of their events; generic ones by their own."""
    names: dict[str, int] = {}
    for code, name in event_of_syscall().items():
        names[name] = names.get(name, 0) | 1 << code
    return Space(names, sum(1 << code for code in event_of_syscall()))


@cache
def event_of_syscall() -> dict[int, str]:
    """System call (ppm_sc) -> the name of its event, or its own name if that is the generic one."""
    table = load(CURRENT)
    own = {code: table[exit].name for code, _, enter, exit in X86_64_SYSCALLS.values() if enter not in (GENERIC_E, GENERIC_X)}
    known = {info.name for info in table}
    out = {}
    for code, name in SC_NAMES.items():
        if code:
            bare = name.removesuffix(_WIDE)
            out[code] = own.get(code) or _SHARED.get(name) or (bare if bare in known else name)
    return out


def matching(expr: Expr, space: Space) -> int:
    """The set of those that a condition can match, a superset."""
    return _matching(expr, space, False, {})


def _matching(expr: Expr, space: Space, negated: bool, known: dict[tuple[int, bool], int]) -> int:
    key = (id(expr), negated)  # macros are the same objects wherever they are used
    if key in known:
        return known[key]
    if isinstance(expr, Not):
        out = _matching(expr.term, space, not negated, known)
    elif isinstance(expr, (And, Or)):
        every = isinstance(expr, And) != negated
        out = space.every if every else 0
        for term in expr.terms:
            some = _matching(term, space, negated, known)
            out = out & some if every else out | some
    elif isinstance(expr, Check):
        found = _check(expr, space)
        out = space.every if found is None else space.every & ~found if negated else found
    else:
        assert isinstance(expr, Identifier)
        out = space.every
    known[key] = out
    return out


def _check(check: Check, space: Space) -> int | None:
    """What a check can match; None: it is neutral."""
    left = check.left
    if not isinstance(left, FieldExpr) or left.arg is not None:
        return None
    if left.name == "evt.num":
        truth = _event_number(check)
        return None if truth is None else space.every if truth else 0
    if left.name not in _TYPE_FIELDS:
        return None
    if check.op == "exists":
        return space.every
    values = constants(check)
    if check.op not in _EQUALITY or values is None:
        return None
    found = space.named(values)
    return space.every & ~found if check.op == "!=" else found


def constants(check: Check) -> list[str] | None:
    """The texts that a comparison is with; None: it is with something else."""
    right = check.right
    if isinstance(right, ListExpr):
        return [v.text for v in right.values]
    if isinstance(right, Value):
        return [right.text]
    return [right.name] if isinstance(right, Identifier) else None


def _event_number(check: Check) -> bool | None:
    """Whether a check of the event number is always or never true; None: neither."""
    values = constants(check)
    if values is None or any(not v.isascii() or not v.isdigit() or len(v) > 18 for v in values):
        return None
    if check.op == "in":
        return False if not any(map(int, values)) else None
    if len(values) != 1:
        return None
    number = int(values[0])
    if check.op in _NEVER and number <= _NEVER[check.op]:
        return False
    if check.op in _ALWAYS and number <= _ALWAYS[check.op]:
        return True
    return None


def event_names(expr: Expr) -> list[str]:
    """Names of the events that a condition can match, sorted: those of system calls and all others; always asyncevent."""
    found = matching(expr, events()) | 1 << TYPES["ASYNCEVENT_E"]
    table = load(CURRENT)
    names = {info.name for info in table if found >> info.type & 1 and info.type not in (GENERIC_E, GENERIC_X)}
    calls = matching(expr, syscalls())
    names.update(name for code, name in event_of_syscall().items() if calls >> code & 1)
    return sorted(names)
