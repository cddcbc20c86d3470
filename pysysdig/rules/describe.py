"""`--list-rules` and `--describe-rule`: what rules, macros and lists amount to, as Falco's -L and -l show it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from pysysdig.errors import FilterError, UsageError
from pysysdig.events.text import from_user, to_display
from pysysdig.eventsources.registry import catalogue
from pysysdig.fields.registry import REGISTRY
from pysysdig.filter import to_text
from pysysdig.filter.ast import Check, Expr, FieldExpr, Identifier, ListExpr, Value, walk
from pysysdig.filter.parser import RULE_DEPTH, parse
from pysysdig.rules.evttypes import event_names
from pysysdig.rules.model import PRIORITIES, Macro, Rule, RuleList, RuleSet
from pysysdig.rules.output_format import OutputFormat
from pysysdig.rules.version import BUILT_IN

_NAME_WIDTH = 50
_TEXT_WIDTH = 59  # of a description
_LABEL_WIDTH = 14
CONDITION, COMPILED = "Condition", "Compiled"  # as it is written; with macros and lists replaced

# what the container plugin suggests for every output
_CONTAINER_EVENT = "container"


class _Details:
    """What a condition consists of, each once, in order of first use."""

    def __init__(self, expr: Expr) -> None:
        self.fields: dict[str, None] = {}
        self.operators: dict[str, None] = {}
        self.event_names: set[str] = set()
        for node in walk(expr):
            if isinstance(node, FieldExpr):
                self.fields[to_display(node.text)] = None
            elif isinstance(node, Check):
                self.operators[node.op] = None
                if isinstance(node.left, FieldExpr) and node.left.name in ("evt.type", "evt.asynctype"):
                    self.event_names.update(_words(node.right))


def _words(right: Expr | None) -> list[str]:
    if isinstance(right, ListExpr):
        return [v.text for v in right.values]
    if isinstance(right, Value):
        return [right.text]
    return [right.name] if isinstance(right, Identifier) else []


def _references(condition: str, rule_set: RuleSet) -> tuple[list[str], list[str]]:
    """The macros and lists that a condition names itself."""
    macros = {from_user(m.name): m.name for m in rule_set.macros}
    lists = {from_user(e.name): e.name for e in rule_set.lists}
    used_macros: dict[str, None] = {}
    used_lists: dict[str, None] = {}
    try:
        expr = parse(condition, RULE_DEPTH)
    except FilterError:  # a list stands where only the text that replaces it makes sense
        return [], []
    for node in walk(expr):
        if isinstance(node, Identifier) and node.name in macros:
            used_macros[macros[node.name]] = None
        elif isinstance(node, Check):
            used_lists.update((lists[w], None) for w in _words(node.right) if w in lists)
    return list(used_macros), list(used_lists)


def _plugins(fields: Iterable[str], events: set[str]) -> list[str]:
    """The plugins that Falco would need for fields and events, of those that are built in here."""
    found = {"container"} if _CONTAINER_EVENT in events else set()
    for name in fields:
        field = REGISTRY.get(name.partition("[")[0])
        if field is not None:
            found |= {plugin for plugin in BUILT_IN if f"current_{plugin}_plugin" in field.by_version}
    return sorted(found)


def _rule(rule: Rule, rule_set: RuleSet) -> dict[str, Any]:
    details = _Details(rule.tree)
    macros, lists = _references(rule.condition, rule_set)
    extra = rule.extra_fields
    output_fields = [field.format for field in extra.values()]
    output_fields += [
        to_display(name) for name in OutputFormat(from_user(rule.output_compiled), catalogue=catalogue(rule.catalogue)).names
    ]
    operators: dict[str, None] = {}
    for exception in rule.exceptions:
        if exception.comps is not None:
            operators.update((c.text, None) for c in exception.comps.items or [exception.comps])
    described: dict[str, Any] = {
        "info": {
            "name": rule.name,
            "condition": rule.condition,
            "priority": PRIORITIES[rule.priority],
            "output": rule.output,
            "description": rule.description,
            "enabled": rule.enabled,
            "source": rule.source,
            "capture": rule.capture,
            "capture_duration": rule.capture_duration,
            "tags": rule.tags,
        },
        "details": {
            "macros": macros,
            "lists": lists,
            "condition_operators": list(details.operators),
            "condition_fields": list(details.fields),
            "output_fields": output_fields,
            "exception_fields": rule.exception_fields,
            "exception_names": list(dict.fromkeys(e.name for e in rule.exceptions)),
            "exception_operators": list(operators),
            "events": event_names(rule.tree),
            "condition_compiled": to_display(to_text(rule.tree)),
            "output_compiled": rule.output_compiled,
            "plugins": _plugins([*details.fields, *output_fields], details.event_names),
        },
    }
    formatted = {name: field.format for name, field in extra.items() if not field.raw}
    if formatted:
        described["details"]["extra_output_formatted_fields"] = formatted
    return described


def _macro(macro: Macro, rule_set: RuleSet) -> dict[str, Any]:
    assert macro.ast is not None
    details = _Details(macro.ast)
    macros, lists = _references(macro.condition, rule_set)
    return {
        "info": {"name": macro.name, "condition": macro.condition},
        "details": {
            "used": macro.used,
            "macros": macros,
            "lists": lists,
            "condition_operators": list(details.operators),
            "condition_fields": list(details.fields),
            "events": event_names(macro.ast),
            "condition_compiled": to_display(to_text(macro.ast)),
            "plugins": [],
        },
    }


def _list(entry: RuleList) -> dict[str, Any]:
    compiled = set(entry.compiled)
    return {
        "info": {"name": entry.name, "items": [i for i in entry.items if i in compiled]},
        "details": {
            "used": entry.used,
            "lists": list(dict.fromkeys(i for i in entry.items if i not in compiled)),
            "items_compiled": entry.compiled,
            "plugins": [],
        },
    }


def _chosen(rule_set: RuleSet, name: str | None) -> Sequence[Rule]:
    """All rules, or the one with a name; raises UsageError if there is none."""
    if name is None:
        return rule_set.rules
    for rule in rule_set.rules:
        if rule.name == name:
            return [rule]
    raise UsageError(f'Rule "{name}" is not loaded')


def describe(rule_set: RuleSet, name: str | None) -> dict[str, Any]:
    """Everything, or one rule, as Falco's JSON has it. Raises UsageError if there is no such rule."""
    rules = [_rule(rule, rule_set) for rule in _chosen(rule_set, name)]
    if name is not None:
        return {"rules": rules}
    required = []
    for first, *others in rule_set.required_plugin_versions:
        alternatives = [{"name": r.name, "version": r.version} for r in others]
        required.append({"name": first.name, "version": first.version, "alternatives": alternatives})
    return {
        "required_engine_version": str(rule_set.required_engine_version),
        "required_plugin_versions": required,
        "rules": rules,
        "macros": [_macro(macro, rule_set) for macro in rule_set.macros],
        "lists": [_list(entry) for entry in rule_set.lists],
    }


def list_rules(rule_set: RuleSet, name: str | None = None) -> str:
    """Names and descriptions of all rules, or of one, in two columns. Raises UsageError if there is no such rule."""
    rows = [("Rule", "Description"), ("----", "-----------")]
    rows += [(rule.name, _wrapped(rule.description) + "\n") for rule in _chosen(rule_set, name)]
    return "".join(f"{_padded(left)} {right}\n" for left, right in rows)


def _padded(text: str) -> str:
    """Padded to the width of the first column, which is counted in bytes."""
    return text + " " * (_NAME_WIDTH - len(text.encode("utf-8", "surrogateescape")))


def _wrapped(text: str) -> str:
    """Words, each followed by a blank, in lines of at most _TEXT_WIDTH bytes, the later ones indented."""
    out = []
    length = 0
    for word in text.split():
        size = len(word.encode("utf-8", "surrogateescape")) + 1
        if length + size > _TEXT_WIDTH:
            out.append("\n" + " " * (_NAME_WIDTH + 1))
            length = 0
        length += size
        out.append(word + " ")
    return "".join(out)


def rule_rows(rule_set: RuleSet, name: str) -> list[tuple[str, str]]:
    """What one rule says, and what it amounts to: (title, text in one line), where there is something to say. Raises UsageError
    if there is no such rule."""
    (described,) = describe(rule_set, name)["rules"]
    info, details = described["info"], described["details"]
    rows = [
        ("Rule", info["name"]),
        ("Description", " ".join(info["description"].split())),
        ("Priority", info["priority"]),
        ("Source", info["source"]),
        ("Enabled", "yes" if info["enabled"] else "no"),
        ("Tags", ", ".join(info["tags"])),
        (CONDITION, " ".join(info["condition"].split())),
        (COMPILED, details["condition_compiled"]),
        ("Output", " ".join(info["output"].split())),
        ("Macros", ", ".join(details["macros"])),
        ("Lists", ", ".join(details["lists"])),
        ("Fields", ", ".join(details["condition_fields"])),
        ("Operators", ", ".join(details["condition_operators"])),
        ("Exceptions", ", ".join(details["exception_names"])),
        ("Events", ", ".join(details["events"])),
    ]
    return [(title, text) for title, text in rows if text]


def describe_rule(rule_set: RuleSet, name: str, width: int = 0) -> str:
    """One rule in words: its rows. Raises UsageError if there is no such rule.

    width  of the lines (0 = no limit): longer texts go on under their beginning
    """
    return rows_text(rule_rows(rule_set, name), width)


def rows_text(rows: Iterable[tuple[str, str]], width: int = 0) -> str:
    """A line each, or several."""
    return "".join(_row(f"{title + ':':<{_LABEL_WIDTH}}", text, width) for title, text in rows)


def _row(label: str, text: str, width: int) -> str:
    if width <= 2 * _LABEL_WIDTH:
        return f"{label}{text}\n"
    wrapped = textwrap.wrap(
        text, width, initial_indent=label, subsequent_indent=" " * _LABEL_WIDTH, break_long_words=False, break_on_hyphens=False
    )
    return "".join(f"{line}\n" for line in wrapped)
