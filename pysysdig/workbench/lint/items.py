"""What can be said of items beside their conditions: definitions that replace others, exceptions, tags, tests."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from pysysdig.errors import FormatError
from pysysdig.events.text import to_display
from pysysdig.filter import to_text
from pysysdig.filter.ast import Check, Expr, ListExpr
from pysysdig.rules.collection import takes_list
from pysysdig.rules.model import Rule
from pysysdig.rules.output_format import OutputFormat
from pysysdig.rules.yamldoc import MAPPING, SCALAR, SEQUENCE, Node
from pysysdig.workbench._attack_table import TACTICS, TECHNIQUES, VERSION
from pysysdig.workbench.lint.constants import wrong
from pysysdig.workbench.lint.logic import Candidates, conjuncts, implied, possible, rewritten
from pysysdig.workbench.lint.model import NOTE, Finding, Item, Sources, found
from pysysdig.workbench.lint.usage import Usage, scalars
from pysysdig.workbench.lint.wholes import excepted, rows
from pysysdig.workbench.source import byte_text

_TECHNIQUE = re.compile(r"T\d{4}(\.\d{3})?")
_TACTIC = "mitre_"
_FEW = 50  # rows of which each is compared with each


def items(sources: Sources, usage: Usage, tested: Collection[str] | None) -> Iterator[Finding]:
    """PS008, PS009, PS014, and PS015 if `tested` (the rules of which tests expect alerts) is known."""
    yield from _redefined(sources, usage)
    own = [item for item in sources.items() if item.kind == "rule"]
    for rule in sources.rule_set.rules:
        about = [item for item in own if item.name == rule.name]
        yield from _exceptions(rule, about, usage)
        for item in about:
            yield from _tags(item)
        if tested is not None and rule.name not in tested and rule.enabled:
            defined = [item for item in about if item.new]
            yield from (found("PS015", "no test expects an alert of this rule", item) for item in defined[-1:])


def _redefined(sources: Sources, usage: Usage) -> Iterator[Finding]:
    first: dict[tuple[str, str], Item] = {}
    for item in sources.items():
        key = (item.kind, item.name)
        before = first.get(key)
        if item.new and before is not None:
            users = sorted(usage.rules(*key)) if item.kind != "rule" else []
            shown = ", ".join(users[:3]) + (f" and {len(users) - 3} more" if len(users) > 3 else "")
            line, _ = before.file.line_column(before.node.index)
            message = f"{item.kind} `{item.name}` of {before.file.name}:{line} is replaced"
            message += f", for all rules: {shown}" if shown else ""
            same = _content(item) == _content(before)
            message += " (by the same content)" if same else ""
            level = NOTE if same or (item.kind == "rule" and item.file is not before.file) else ""
            yield found("PS008", message, item, level=level)
        if item.new:
            first[key] = item


def _content(item: Item) -> list[list[str]]:
    """The texts of an item, blanks apart."""
    return [node.text.split() for node in scalars(item.node)]


def _exceptions(rule: Rule, about: list[Item], usage: Usage) -> Iterator[Finding]:
    nodes = _nodes(about)
    condition, terms = excepted(rule)
    try:
        shown = set(OutputFormat(byte_text(rule.output_compiled)).fields)
    except FormatError:
        shown = set()
    waiting = list(terms)
    for exception in rule.exceptions:
        item, head, values = nodes.get(exception.name, (about[0] if about else None, None, []))
        if item is None:
            continue
        assert exception.fields is not None and exception.comps is not None
        several = exception.fields.items is not None
        fields = [f.text for f in exception.fields.items or [exception.fields]]
        hidden = [name for name in fields if name not in shown and "(" not in name]
        if hidden and head is not None and exception.values:
            message = f"exception `{exception.name}` compares {', '.join(hidden)}, which the output does not show"
            yield found("PS009", message, item, _span(head), f"{exception.name} output", level=NOTE)
        comps = [c.text for c in exception.comps.items or [exception.comps]]
        yield from _cells(fields, comps, values, usage.rules("rule", rule.name), several=several)
        for cells, (owner, node) in zip(exception.values, values):
            for comp, cell, at in zip(comps, cells.items or [], node.items):
                if takes_list(comp) and cell.items is None and cell.text not in usage.lists:
                    message = f"`{comp}` takes a list: write [{cell.text}] (it is read as a list of one)"
                    yield found("PS009", message, owner, _span(at), f"{exception.name} {cell.text}", level=NOTE)
        if exception.values and waiting:
            term = waiting.pop(0)
            parts = rows(term, len(exception.values)) if several else _constants(term, len(exception.values))
            if len(parts) == len(values):
                yield from _dead(exception.name, condition, parts, values)


def _cells(
    fields: list[str], comps: list[str], values: list[tuple[Item, Node]], rules: frozenset[str], *, several: bool
) -> Iterator[Finding]:
    """Constants in exceptions that nothing is ever equal to."""
    for item, node in values:
        for name, comp, cell in zip(fields, comps, node.items if several else [node]):
            for entry in cell.items or [cell]:
                problem = wrong(name.partition("[")[0], comp, byte_text(entry.text.strip("\"'")))
                if problem is not None and entry.kind == SCALAR:
                    span = (entry.index, entry.end)
                    fix = problem.fix(item, span, rules)
                    yield found(problem.code, to_display(problem.message), item, span, entry.text, fix, problem.level)


def _dead(name: str, condition: Expr, parts: list[Expr], values: list[tuple[Item, Node]]) -> Iterator[Finding]:
    """Rows that others contain, or that the condition excludes."""
    given = conjuncts(condition)
    candidates = Candidates()
    for i, part in enumerate(parts):
        candidates.add(i, conjuncts(part))
    for i, (part, (item, node)) in enumerate(zip(parts, values)):
        own = conjuncts(part)
        texts = frozenset(map(to_text, own))
        if not possible([*given, part]):
            message = f"row {i} of exception `{name}` never applies: the condition excludes it"
            yield found("PS009", message, item, _span(node), f"{name} {i} never")
            continue
        for j in candidates.of(own) if len(parts) > _FEW else range(len(parts)):
            other = parts[j]
            if i != j and implied(other, own, texts):
                mutual = implied(part, conjuncts(other), frozenset(map(to_text, conjuncts(other))))
                if mutual and j > i:
                    continue  # of equal rows the later ones are told of
                what = "is the same as" if mutual else "is part of"
                message = f"row {i} of exception `{name}` {what} row {j}"
                yield found("PS009", message, item, _span(node), f"{name} {i} part")
                break


def _constants(term: Expr, number: int) -> list[Expr]:
    """The rows of an exception of one field: one for each constant."""
    if isinstance(term, Check) and term.op == "in" and isinstance(term.right, ListExpr) and len(term.right.values) == number:
        return [rewritten(term, [value.text]) for value in term.right.values]
    return []


def _nodes(about: list[Item]) -> dict[str, tuple[Item, Node | None, list[tuple[Item, Node]]]]:
    """Where the exceptions of a rule are: the item and node that define each, and its rows with their items."""
    out: dict[str, tuple[Item, Node | None, list[tuple[Item, Node]]]] = {}
    for item in about:
        node = item.node.get("exceptions")
        if not item.appends("exceptions") and (node is not None or item.new):
            out = {}
        for entry in node.items if node is not None and node.kind == SEQUENCE else ():
            name, values = entry.get("name"), entry.get("values")
            if entry.kind != MAPPING or name is None:
                continue
            known = out.setdefault(name.text, (item, name, []))
            known[2].extend((item, value) for value in (values.items if values is not None else ()))
    return out


def _span(node: Node) -> tuple[int, int]:
    end = node.end if node.kind == SCALAR or node.style == "[" else node.items[-1].end if node.items else node.index + 1
    return node.index, max(end, node.index + 1)


def _tags(item: Item) -> Iterator[Finding]:
    node = item.node.get("tags")
    if node is None or node.kind != SEQUENCE:
        return
    tactics = {tag.text[len(_TACTIC) :].replace("_", "-"): tag for tag in node.items if tag.text.startswith(_TACTIC)}
    for name, tag in tactics.items():
        if name not in TACTICS:
            yield found("PS014", f"ATT&CK has no tactic `{name}`", item, _span(tag), tag.text)
    known = tactics.keys() & set(TACTICS)
    for tag in node.items:
        if not _TECHNIQUE.fullmatch(tag.text):
            continue
        technique = TECHNIQUES.get(tag.text)
        if technique is None:
            message = f"{tag.text} is no technique of ATT&CK {VERSION}: unknown, or retired"
            yield found("PS014", message, item, _span(tag), tag.text)
        elif known and not known & set(technique[1]):
            message = f"{tag.text} ({technique[0]}) belongs to {', '.join(technique[1])}, not to {', '.join(sorted(known))}"
            yield found("PS014", message, item, _span(tag), tag.text)
