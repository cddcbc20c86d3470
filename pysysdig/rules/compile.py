"""Conditions and outputs of a Collection: lists and macros replaced, fields, operators and constants checked.

All of a collection is compiled after each file, as in the reference, which stops at the first error; here the others are
looked for, too. What was parsed and checked for an earlier file is not done again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pysysdig.errors import FilterError, FormatError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import from_user, to_display
from pysysdig.filter.ast import And, Check, Expr, FieldExpr, Identifier, Not, Or, walk
from pysysdig.filter.checker import Checker, close_matches
from pysysdig.filter.compiler import Compiler
from pysysdig.filter.parser import RULE_DEPTH, parse
from pysysdig.filter.tokens import FilterSyntaxError, line_column
from pysysdig.rules import evttypes
from pysysdig.rules.collection import Collection
from pysysdig.rules.expand import Lists, TooLong, with_exceptions
from pysysdig.rules.model import SYSCALL, Macro, Rule
from pysysdig.rules.output_format import OutputFormat
from pysysdig.rules.results import (
    COMPILE_CONDITION, COMPILE_OUTPUT, COMPILE_WARNING, DEPRECATED_ITEM, NO_EVTTYPE, UNKNOWN_FILTER, UNUSED_LIST,
    UNUSED_MACRO, VALIDATE, Context, FileResult, LoadError, Position, Problem,
)  # fmt: skip

MAX_ITEMS = 500_000  # of a list
MAX_CHAIN = 100  # macros inside each other that are not in order of definition
MAX_CHECKS = 50_000  # comparisons in one condition, macros expanded
MAX_TREE = 150  # levels of and, or and not in one condition, macros expanded
MANY_TYPES = 100

_CONTAINER_INFO = "%container.info"
_CONTAINER_INFO_DEPRECATED = (
    "%container.info is deprecated and no more useful, and will be dropped by Falco 1.0.0. The container plugin will "
    "automatically add required fields to the output message."
)
_LATENCY = "field is not available due to the drop of enter events."
# in the order of their warnings
_DEPRECATED_FIELDS = {
    "evt.dir": (
        "due to the drop of enter events, 'evt.dir = <' always evaluates to true, and 'evt.dir = >' always evaluates to "
        "false. The rule expression can be simplified by removing the condition on 'evt.dir'"
    ),
    "evt.latency": _LATENCY,
    "evt.latency.s": _LATENCY,
    "evt.latency.ns": _LATENCY,
    "evt.latency.human": _LATENCY,
    "evt.wait_latency": _LATENCY,
}
# messages about things that another version or a plugin may know
_UNKNOWN = ("nonexistent field", "invalid formatting token", "unknown event type", "unknown filter:")

OutputExtender = Callable[[Rule], str]


class _Source(NamedTuple):
    """A parsed text: positions of nodes are indexes in `text` (byte text)."""

    text: str
    expr: Expr


class _Verdict(NamedTuple):
    """What there is to say about a comparison."""

    error: FilterError | None
    warnings: tuple[str, ...]
    deprecated: tuple[FieldExpr, ...]


class _Size(NamedTuple):
    """Of a tree with all macros in it."""

    checks: int
    depth: int


class Compilation:
    """Compiles a collection again and again while it grows.

    extend_output  what to add to the output of a rule
    """

    def __init__(self, collection: Collection, extend_output: OutputExtender | None = None) -> None:
        self.collection = collection
        self.extend_output = extend_output
        self._compiler = Compiler(Checker("", CURRENT))
        self._parsed: dict[str, _Source | FilterSyntaxError | FilterError] = {}
        self._verdicts: dict[int, tuple[Check, _Verdict]] = {}
        self._outputs: dict[str, FormatError | None] = {}
        self._sizes: dict[int, tuple[Expr, _Size]] = {}
        self._joined: dict[tuple[int, ...], Expr] = {}

    def run(self, result: FileResult) -> list[Rule]:
        """Compile everything; errors and warnings go to the result. The rules that are all right, in order."""
        return _Run(self, result).rules()

    def parsed(self, text: str) -> _Source:
        """The tree of a text. Raises FilterError."""
        found = self._parsed.get(text)
        if found is None:
            try:
                found = _Source(from_user(text), parse(text, RULE_DEPTH))
            except FilterError as e:
                found = e
            self._parsed[text] = found
        if isinstance(found, FilterError):
            raise found
        return found

    def verdict(self, check: Check) -> _Verdict:
        """Whether a comparison makes sense."""
        known = self._verdicts.get(id(check))
        if known is not None:
            return known[1]
        checker = self._compiler.checker
        seen = len(checker.warnings)
        error = None
        try:
            self._compiler.check(check)
        except FilterError as e:
            error = e
        warnings = tuple(to_display(message) for message, _ in checker.warnings[seen:])
        deprecated = tuple(n for n in walk(check.left) if isinstance(n, FieldExpr) and n.name in _DEPRECATED_FIELDS)
        verdict = _Verdict(error, warnings, deprecated)
        self._verdicts[id(check)] = (check, verdict)
        return verdict

    def output_problem(self, text: str) -> FormatError | None:
        """What is wrong with an output."""
        if text not in self._outputs:
            try:
                OutputFormat(from_user(text))
                self._outputs[text] = None
            except FormatError as e:
                self._outputs[text] = e
        return self._outputs[text]

    def size(self, expr: Expr) -> _Size:
        """Size of a tree; every part is measured once."""
        known = self._sizes.get(id(expr))
        if known is not None:
            return known[1]
        if isinstance(expr, Not):
            inner = self.size(expr.term)
            size = _Size(inner.checks, inner.depth + 1)
        elif isinstance(expr, (And, Or)):
            sizes = [self.size(term) for term in expr.terms]
            size = _Size(sum(s.checks for s in sizes), 1 + max(s.depth for s in sizes))
        else:
            size = _Size(1, 1)
        self._sizes[id(expr)] = (expr, size)
        return size

    def rebuilt(self, expr: And | Or | Not, terms: tuple[Expr, ...]) -> Expr:
        """A node with other terms: always the same one for the same terms, so that what is known of it stays known."""
        key = (id(expr), *map(id, terms))
        known = self._joined.get(key)
        if known is None:
            known = Not(terms[0], expr.pos) if isinstance(expr, Not) else type(expr)(terms, expr.pos)
            self._joined[key] = known  # which keeps the terms, and so their ids; `expr` is kept by the cache of texts
        return known


class _Unknown(NamedTuple):
    """A macro that cannot be replaced, and where it is named."""

    message: str
    node: Identifier


class _Broken(Exception):
    """A macro is used whose own errors have been reported."""


class _Run:
    """One pass over a collection."""

    def __init__(self, work: Compilation, result: FileResult) -> None:
        self.work = work
        self.result = result
        self.macros = work.collection.macros
        self.lists = Lists(work.collection.lists.values())
        self.sources: dict[str, _Source] = {}  # of macros that parse
        self.expanded: dict[tuple[int, str], Expr] = {}
        self.reported: set[int] = set()

    def rules(self) -> list[Rule]:
        """All stages."""
        self.flatten_lists()
        for macro in self.macros.values():
            self.parse_macro(macro)
        for macro in self.macros.values():
            self.resolve_macro(macro)
        rules = [rule for rule in self.work.collection.rules.values() if self.rule(rule)]
        if self.result.successful:
            self.unused()
        return rules

    def flatten_lists(self) -> None:
        """Items of lists defined earlier in place of their names, one level deep."""
        known = self.work.collection.lists
        for entry in known.values():
            entry.used = False
        for entry in known.values():
            entry.compiled = []
            for item in entry.items:
                other = known.get(item)
                if other is None or other.index >= entry.visibility:
                    entry.compiled.append(item)
                    continue
                other.used = True
                entry.compiled += other.items
                if len(entry.compiled) > MAX_ITEMS:
                    entry.compiled = []
                    self.result.error(Problem(VALIDATE, f"a list of more than {MAX_ITEMS} items", entry.context))
                    break

    def unused(self) -> None:
        for macro in self.macros.values():
            if not macro.used:
                self.result.warn(UNUSED_MACRO, "Macro not referred to by any other rule/macro", macro.context)
        for entry in self.work.collection.lists.values():
            if not entry.used:
                self.result.warn(UNUSED_LIST, "List not referred to by any other rule/macro", entry.context)

    # --- texts and places

    def source(self, condition: str, context: Context) -> _Source:
        """The tree of a condition with its lists. Raises LoadError."""
        try:
            text, used = self.lists.replace(condition)
        except TooLong as e:
            raise LoadError(Problem(COMPILE_CONDITION, str(e), context)) from None
        for entry in used:
            entry.used = True
        try:
            return self.work.parsed(text)
        except FilterSyntaxError as e:
            byte_text = from_user(text)
            place = _place(context, condition, _Source(byte_text, Identifier("")), e.at)
            raise LoadError(Problem(COMPILE_CONDITION, e.reason, place, e.hint)) from None
        except FilterError as e:
            raise LoadError(Problem(COMPILE_CONDITION, e.message, context, e.hint)) from None

    def owner(self, node: Expr, own: _Source) -> _Source:
        """The text that a node is from: that of a rule or macro itself, or of a macro in it."""
        for source in (own, *self.sources.values()):
            if any(part is node for part in walk(source.expr)):
                return source
        return own

    # --- macros

    def parse_macro(self, macro: Macro) -> None:
        macro.parsed = macro.ast = None
        macro.used = False
        try:
            source = self.source(macro.condition, macro.condition_context)
        except LoadError as e:
            self.result.error(e.problem)
            return
        self.sources[macro.name] = source
        macro.parsed = source.expr

    def resolve_macro(self, macro: Macro) -> None:
        if macro.parsed is None:
            return
        try:
            ast = self.resolve(self.sources[macro.name], macro.visibility, macro.condition, macro.context)
        except LoadError as e:
            self.result.error(e.problem)
            return
        except _Broken:
            return
        macro.ast = ast

    def resolve(self, source: _Source, visibility: int | None, condition: str, context: Context) -> Expr:
        """A tree with macros replaced; those are visible whose first definition is before `visibility`.

        Raises LoadError, _Broken.
        """
        unknown: list[_Unknown] = []
        loops: list[_Unknown] = []
        ast = self.expand(source.expr, visibility, (), unknown, loops)
        for problem in (*loops, *unknown):
            place = _place(context, condition, self.owner(problem.node, source), problem.node.pos)
            hint = "" if loops else self.macro_hint(problem.node.name, visibility)
            raise LoadError(Problem(VALIDATE, problem.message, place, hint))
        size = self.work.size(ast)
        if size.checks > MAX_CHECKS:
            message = f"the condition has {size.checks} comparisons with its macros, at most {MAX_CHECKS} are allowed"
            raise LoadError(Problem(COMPILE_CONDITION, message, context))
        if size.depth > MAX_TREE:
            message = f"the condition is nested {size.depth} levels deep with its macros, at most {MAX_TREE} are allowed"
            raise LoadError(Problem(COMPILE_CONDITION, message, context))
        return ast

    def expand(
        self, expr: Expr, visibility: int | None, path: tuple[str, ...], unknown: list[_Unknown], loops: list[_Unknown]
    ) -> Expr:
        if isinstance(expr, Identifier):
            return self.macro(expr, visibility, path, unknown, loops)
        if isinstance(expr, (And, Or, Not)):
            terms = expr.children()
            new = tuple(self.expand(term, visibility, path, unknown, loops) for term in terms)
            return expr if all(a is b for a, b in zip(new, terms)) else self.work.rebuilt(expr, new)
        return expr

    def macro(
        self,
        node: Identifier,
        visibility: int | None,
        path: tuple[str, ...],
        unknown: list[_Unknown],
        loops: list[_Unknown],
    ) -> Expr:
        """The tree of a macro."""
        name = node.name
        macro = self.macros.get(name)
        if macro is None or (visibility is not None and macro.index >= visibility):
            unknown.append(_Unknown(f"Undefined macro '{name}' used in filter.", node))
            return node
        if name in path:
            loops.append(_Unknown(f"reference loop in macro '{name}'", node))
            return node
        macro.used = True
        if macro.ast is not None:
            return macro.ast
        if macro.parsed is None or visibility is None:
            raise _Broken
        if len(path) >= MAX_CHAIN:
            loops.append(_Unknown(f"more than {MAX_CHAIN} macros inside each other", node))
            return node
        # of a macro that comes later, but was there when this one was last changed
        known = self.expanded.get((visibility, name))
        if known is None:
            known = self.expand(macro.parsed, visibility, (*path, name), unknown, loops)
            self.expanded[visibility, name] = known
        return known

    def macro_hint(self, name: str, visibility: int | None) -> str:
        if name in self.macros:
            return "a macro can use only macros that are defined before it"
        if name in self.work.collection.lists:
            return f"'{name}' is a list: lists stand on the right side of in, intersects and pmatch"
        return close_matches(name, list(self.macros))

    # --- rules

    def rule(self, rule: Rule) -> bool:
        """Compile a rule; whether it is to be loaded."""
        rule.ast = None
        if rule.unknown_source:
            return False
        try:
            rule.full_condition, rule.exception_fields = rule.condition, []
            if rule.exceptions:
                rule.full_condition, rule.exception_fields = with_exceptions(rule.condition, rule.exceptions)
            loaded = self.output(rule)
            return self.condition(rule) and loaded
        except LoadError as e:
            self.result.error(e.problem)
        except TooLong as e:
            self.result.error(Problem(COMPILE_CONDITION, str(e), rule.condition_context))
        except _Broken:
            pass
        return False

    def output(self, rule: Rule) -> bool:
        """Check the output; whether the rule is to be loaded as far as that goes."""
        extend = self.work.extend_output
        text = extend(rule) if extend else rule.output
        if _CONTAINER_INFO in text:
            self.result.warn(DEPRECATED_ITEM, _CONTAINER_INFO_DEPRECATED, rule.context)
            text = text.replace(_CONTAINER_INFO, "")
        rule.output_compiled = text
        problem = self.work.output_problem(text)
        if problem is not None:
            self.unless_skipped(rule, COMPILE_OUTPUT, problem, rule.output_context)
            return False
        for name in _DEPRECATED_FIELDS:
            if name in text:
                message = f"usage of deprecated field '{name}' has been detected in the rule output"
                self.result.warn(DEPRECATED_ITEM, message, rule.output_context, name)
        return True

    def unless_skipped(self, rule: Rule, code: str, error: FilterError | FormatError, context: Context) -> None:
        """An error, or a warning if the rule says so about what is unknown."""
        if rule.skip_if_unknown_filter and any(text in error.message for text in _UNKNOWN):
            self.result.warnings.append(Problem(UNKNOWN_FILTER, error.message, context, error.hint))
        else:
            self.result.error(Problem(code, error.message, context, error.hint))

    def condition(self, rule: Rule) -> bool:
        """Compile the condition; whether the rule is to be loaded. Raises LoadError, _Broken."""
        condition, context = rule.full_condition, rule.condition_context
        source = self.source(condition, context)
        ast = self.resolve(source, None, condition, rule.context)
        checks = [(check, self.work.verdict(check)) for check in _checks(ast)]
        self.deprecated(condition, context, source, checks)
        failed = [(check, verdict.error) for check, verdict in checks if verdict.error is not None]
        for check, error in failed:
            if id(check) in self.reported:
                continue
            self.unless_skipped(
                rule, COMPILE_CONDITION, error, _place(context, condition, self.owner(check, source), check.pos)
            )
            if rule.skip_if_unknown_filter:
                return False
            self.reported.add(id(check))
        if failed:
            return False
        for check, verdict in checks:
            for message in verdict.warnings:
                at = check.right.pos if check.right else check.pos
                self.result.warn(
                    COMPILE_WARNING, message, _place(context, condition, self.owner(check, source), at)
                )
        if rule.source == SYSCALL and rule.warn_evttypes:
            types = evttypes.matching(ast, evttypes.events())
            if types.bit_count() > MANY_TYPES:
                message = "Rule matches too many evt.type values. This has a significant performance penalty."
                self.result.warn(NO_EVTTYPE, message, rule.context)
        rule.ast = ast
        return True

    def deprecated(
        self, condition: str, context: Context, source: _Source, checks: list[tuple[Check, _Verdict]]
    ) -> None:
        """Warn once of each deprecated field."""
        used = {field.name: field for _, verdict in reversed(checks) for field in reversed(verdict.deprecated)}
        for name, message in _DEPRECATED_FIELDS.items():
            if name in used:
                text = self.owner(used[name], source).text.encode("latin-1")
                place = context.in_condition(condition, Position(), text, used[name].pos)
                self.result.warn(DEPRECATED_ITEM, message, place, name)


def _checks(expr: Expr) -> list[Check]:
    """The comparisons of a tree, left to right."""
    out: list[Check] = []
    stack = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, Check):
            out.append(node)
        else:
            stack.extend(reversed(node.children()))
    return out


def _place(context: Context, condition: str, source: _Source, at: int) -> Context:
    """A place in a condition: `at` is an index in the source's text."""
    line, column = line_column(source.text, at)
    return context.in_condition(condition, Position(line, column, at), source.text.encode("latin-1"), at)
