"""What can be said of a condition as it is written, macros and lists as names."""

from __future__ import annotations

from collections.abc import Iterator

from pysysdig.events.table import event_names
from pysysdig.events.text import to_display
from pysysdig.fields.registry import REGISTRY
from pysysdig.filter.ast import And, Check, Expr, FieldExpr, Identifier, ListExpr, Not, Value, walk
from pysysdig.workbench.lint.comparisons import several_values
from pysysdig.workbench.lint.constants import NAME_FIELDS, PATH_FIELDS, wrong
from pysysdig.workbench.lint.model import NOTE, WARNING, Edit, Finding, Fix, Item, Sources, found
from pysysdig.workbench.lint.precedence import precedence
from pysysdig.workbench.lint.usage import Usage, checks, field
from pysysdig.workbench.source import Written, byte_text

# fields that have a value also where it is not known: the text <NA>
TEXT_OF_MISSING = ("user.name", "user.homedir", "user.shell", "user.loginname", "group.name", "fd.l4proto", "fdlist.names",
                   "syslog.facility.str", "syslog.severity.str")  # fmt: skip
MISSING = "<NA>"
_EQUALITY = ("=", "==", "!=", "in")
# a call -> those that do the same and are newer, or take more
SAME_CALLS = {
    "open": ("openat", "openat2"), "openat": ("openat2",), "execve": ("execveat",), "rename": ("renameat", "renameat2"),
    "renameat": ("renameat2",), "unlink": ("unlinkat",), "rmdir": ("unlinkat",), "mkdir": ("mkdirat",), "link": ("linkat",),
    "symlink": ("symlinkat",), "mknod": ("mknodat",), "chmod": ("fchmodat", "fchmod"), "chown": ("fchownat", "fchown", "lchown"),
    "accept": ("accept4",), "dup2": ("dup3",), "pipe": ("pipe2",), "eventfd": ("eventfd2",), "signalfd": ("signalfd4",),
    "inotify_init": ("inotify_init1",), "epoll_create": ("epoll_create1",), "clone": ("clone3",), "umount": ("umount2",),
}  # fmt: skip
_ENDS_ALL = ("fd.ip", "fd.port", "fd.net", "fd.proto")  # `!=` of these means all of their values
_OFTEN_MISSING = (
    "fd.", "fs.path.", "container.image", "container.name", "k8s.", "evt.arg", "evt.rawarg", "proc.pname", "proc.pexe",
    "proc.pcmdline", "proc.aname", "proc.aexe", "proc.acmdline", "proc.ppid", "proc.exepath",
)  # fmt: skip
_EXPENSIVE = ("regex", "contains", "icontains", "bcontains", "glob", "iglob")
_CHEAP = ("=", "==", "in", "exists", "startswith")


def conditions(sources: Sources, usage: Usage) -> Iterator[Finding]:
    """PS001, PS003 to PS006, PS010 and PS013 of all conditions, and PS004 and PS010 of the lists they compare with."""
    before: dict[tuple[str, str], str] = {}
    compared: dict[tuple[str, str, str], set[tuple[str, str]]] = {}  # (list, field, operator) -> items that compare so
    for item in sources.items():
        written = item.condition
        if written is None:
            continue
        key = (item.kind, item.name)
        yield from precedence(item, written, before.get(key, "") if item.appends("condition") else "")
        before[key] = f"{before.get(key, '')} {written.text}" if item.appends("condition") else written.text
        if written.expr is None:
            continue
        for check, _ in checks(written.expr):
            yield from _constants(item, written, check, usage, compared)
            yield from _not_equal(item, written, check)
            yield from _missing(item, written, check, usage)
        yield from _calls(item, written, written.expr, sources, usage)
        yield from _order(item, written, written.expr)
    for item in sources.items():
        if item.kind == "list":
            yield from _listed(item, compared, usage)


# --- PS003


def _calls(item: Item, written: Written, expr: Expr, sources: Sources, usage: Usage) -> Iterator[Finding]:
    named = _types(expr, sources, usage, set())
    for check, negated in checks(expr):
        if negated or field(check) != "evt.type" or check.op not in ("=", "==", "in"):
            continue
        for name, from_list, node in usage.values(check):
            others = [n for n in SAME_CALLS.get(name, ()) if n not in named and n in event_names()]
            if not others:
                continue
            span = _value_span(written, node)
            fix = None
            if not from_list and check.op == "in":
                fix = Fix(f"add {', '.join(others)}", (Edit(written.file, span[1], span[1], "".join(f", {n}" for n in others)),))
            elif not from_list and check.op in ("=", "=="):
                start = written.place(check.pos)
                text = f"evt.type in ({', '.join([name, *others])})"
                fix = Fix(f"add {', '.join(others)}", (Edit(written.file, start, span[1], text),))
            if fix is not None:
                fix = fix._replace(rules=usage.rules(item.kind, item.name))
            message = f"{name}, but not {' and '.join(others)}, which {'does' if len(others) == 1 else 'do'} the same"
            yield found("PS003", message, item, span, name, fix)
            named = named | set(others)


def _types(expr: Expr, sources: Sources, usage: Usage, seen: set[str]) -> set[str]:
    """The events that a condition names, through macros, too."""
    out: set[str] = set()
    for check, negated in checks_and_names(expr):
        if isinstance(check, Identifier):
            macro = next((m for m in sources.rule_set.macros if byte_text(m.name) == check.name), None)
            if macro is not None and macro.parsed is not None and macro.name not in seen:
                out |= _types(macro.parsed, sources, usage, seen | {macro.name})
        elif not negated and field(check) == "evt.type":
            out |= {name for name, _, _ in usage.values(check)}
    return out


def checks_and_names(expr: Expr, negated: bool = False) -> Iterator[tuple[Check | Identifier, bool]]:
    """The comparisons and macros of a condition, and whether each is negated."""
    if isinstance(expr, (Check, Identifier)):
        yield expr, negated
    elif isinstance(expr, Not):
        yield from checks_and_names(expr.term, not negated)
    else:
        for child in expr.children():
            yield from checks_and_names(child, negated)


# --- PS004, PS010


def _constants(
    item: Item, written: Written, check: Check, usage: Usage, compared: dict[tuple[str, str, str], set[tuple[str, str]]]
) -> Iterator[Finding]:
    """Those that stand in a condition; where they are those of a list, that is noted: the list is looked at once."""
    name = field(check)
    for text, from_list, node in usage.values(check):
        if from_list:
            if name in NAME_FIELDS or name in PATH_FIELDS:
                for inner in usage.within(from_list):
                    compared.setdefault((inner, name, check.op), set()).add((item.kind, item.name))
            continue
        problem = wrong(name, check.op, text)
        if problem is not None:
            span = _value_span(written, node)
            fix = problem.fix(item, span, usage.rules(item.kind, item.name))
            yield found(problem.code, to_display(problem.message), item, span, to_display(text), fix, problem.level)


def _listed(item: Item, compared: dict[tuple[str, str, str], set[tuple[str, str]]], usage: Usage) -> Iterator[Finding]:
    """The items of a list, each thing once."""
    node = item.node.get("items")
    for entry in node.items if node is not None else ():
        if entry.text in usage.lists:
            continue
        text = byte_text(entry.text.strip("\"'"))
        told = set()
        for (name, field_name, op), users in compared.items():
            problem = wrong(field_name, op, text) if name == item.name else None
            if problem is None or problem.code in told:
                continue
            told.add(problem.code)
            rules = frozenset(rule for user in users for rule in usage.rules(*user))
            span = (entry.index, entry.end)
            fix = problem.fix(item, span, rules)
            yield found(problem.code, to_display(problem.message), item, span, entry.text, fix, problem.level)


# --- PS005, PS006


def _not_equal(item: Item, written: Written, check: Check) -> Iterator[Finding]:
    name = field(check)
    if check.op != "!=" or name not in REGISTRY:
        return
    span = _check_span(written, check)
    if several_values(check.left) and name not in _ENDS_ALL:
        message = f"`{name} !=` is true as soon as one of its values differs; `not {name} = ...` means that none is equal"
        yield found("PS005", message, item, span, name, level=WARNING)
    elif name.startswith(_OFTEN_MISSING) and name not in TEXT_OF_MISSING:
        message = f"where {name} has no value, `!=` is false; `not {name} = ...` is true"
        yield found("PS005", message, item, span, name)


def _missing(item: Item, written: Written, check: Check, usage: Usage) -> Iterator[Finding]:
    name = field(check)
    if name not in REGISTRY or name in TEXT_OF_MISSING or check.op not in _EQUALITY:
        return
    values = usage.values(check)
    if not any(text == MISSING for text, _, _ in values):
        return
    span = _check_span(written, check)
    fix = None
    if check.op != "in" and isinstance(check.left, FieldExpr):
        shown = written.file.text[span[0] : span[1]].partition("!")[0].partition("=")[0].strip()
        text = f"{shown} exists" if check.op == "!=" else f"not {shown} exists"
        fix = Fix(f"`{text}`", (Edit(written.file, *span, text),), usage.rules(item.kind, item.name))
    message = f"where {name} has no value, it is not the text <NA>: the comparison is false; `not {name} exists` is true"
    yield found("PS006", message, item, span, name, fix)


# --- PS013


def _order(item: Item, written: Written, expr: Expr) -> Iterator[Finding]:
    for node in walk(expr):
        if not isinstance(node, And):
            continue
        terms = [term.term if isinstance(term, Not) else term for term in node.terms]
        dear = next((i for i, t in enumerate(terms) if isinstance(t, Check) and t.op in _EXPENSIVE), None)
        if dear is None:
            continue
        first = terms[dear]
        cheap = next((t for t in terms[dear + 1 :] if isinstance(t, Check) and t.op in _CHEAP and field(t)), None)
        if cheap is not None and isinstance(first, Check):
            message = f"`{field(first)} {first.op}` is evaluated before `{field(cheap)} {cheap.op}`, which is cheaper"
            yield found("PS013", message, item, _check_span(written, first), field(first), level=NOTE)


# --- places


def _value_span(written: Written, node: Value | Identifier) -> tuple[int, int]:
    """The span of a constant, its quotes included."""
    start = written.place(node.pos)
    text = written.file.text
    if text[start : start + 1] in ("'", '"') and written.node.style != text[start]:
        end = text.find(text[start], start + 1) + 1
        return start, end or start + 1
    size = len(node.name) if isinstance(node, Identifier) else len(node.text.encode("latin-1", "replace"))
    return written.span(node.pos, node.pos + size)


def _check_span(written: Written, check: Check) -> tuple[int, int]:
    """The span of a comparison."""
    start = written.place(check.pos)
    right = check.right
    if isinstance(right, (Value, Identifier)):
        return start, _value_span(written, right)[1]
    if isinstance(right, ListExpr) and right.values:
        end = written.file.text.find(")", _value_span(written, right.values[-1])[1])
        return start, end + 1 if end >= 0 else start + 1
    return start, start + len(field(check))
