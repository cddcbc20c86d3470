"""Conditions and outputs of a Collection: lists and macros replaced, fields, operators and constants checked.

All of a collection is compiled after each file, as in the reference, which stops at the first error; here the others are
looked for, too. What later files have not changed is not compiled again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pysysdig.errors import FilterError, FormatError
from pysysdig.events.text import from_user
from pysysdig.filter.ast import Check, Expr, Identifier
from pysysdig.filter.tokens import FilterSyntaxError
from pysysdig.rules import evttypes
from pysysdig.rules.collection import Collection
from pysysdig.rules.dubious import ORDER, Dubious
from pysysdig.rules.expand import Lists, TooLong, flatten, with_exceptions, words
from pysysdig.rules.macros import MAX_CHECKS, Broken, Resolver
from pysysdig.rules.model import SYSCALL, Macro, Rule, RuleList
from pysysdig.rules.outputs import output_problem
from pysysdig.rules.results import (
    COMPILE_CONDITION,
    COMPILE_OUTPUT,
    COMPILE_WARNING,
    NO_EVTTYPE,
    UNKNOWN_FILTER,
    UNUSED_LIST,
    UNUSED_MACRO,
    Context,
    FileResult,
    LoadError,
    Position,
    Problem,
)
from pysysdig.rules.trees import Source, Trees, Verdict, checks

if TYPE_CHECKING:
    from pysysdig.rules.appended import AppendOutput

MANY_TYPES = 100

_JOINTS = re.compile(r"[\s)](?:and|or)[\s(]")
# messages about things that another version or a plugin may know
_UNKNOWN = ("nonexistent field", "invalid formatting token", "unknown event type", "unknown filter:")


class _Done(NamedTuple):
    """How a rule was compiled without errors.

    version   its visibility at that time
    catalogue of the fields that it saw
    names     everything that its text and its lists may name, also what did not exist
    lists, macros  used in its text
    warnings  those it led to
    """

    version: int
    catalogue: str
    names: frozenset[str]
    lists: tuple[RuleList, ...]
    macros: tuple[Macro, ...]
    warnings: tuple[Problem, ...]


class Compilation:
    """Compiles a collection again and again while it grows.

    append_output  what the configuration appends to outputs
    """

    def __init__(self, collection: Collection, append_output: Sequence[AppendOutput] = ()) -> None:
        self.collection = collection
        self.append_output = append_output
        self.trees = Trees()
        self.rules: dict[str, _Done] = {}
        # what lists and macros amounted to the last time
        self.lists: dict[str, list[str]] = {}
        self.macros: dict[str, Expr | None] = {}

    def run(self, result: FileResult) -> list[Rule]:
        """Compile everything; errors and warnings go to the result. The rules that are all right, in order."""
        run = _Run(self, result)
        rules = run.rules()
        self.lists = {e.name: e.compiled for e in self.collection.lists.values()}
        self.macros = {m.name: m.ast for m in self.collection.macros.values()}
        return rules


class _Run:
    """One pass over a collection."""

    def __init__(self, work: Compilation, result: FileResult) -> None:
        self.work = work
        self.trees = work.trees
        self.result = result
        self.collection = work.collection
        flatten(self.collection.lists, result)
        self.lists = Lists(self.collection.lists.values())
        self.resolver = Resolver(work.trees, self.collection.macros)
        self.changed: set[str] = set()  # names of lists and macros that amount to something else than the last time
        self.reported: set[int] = set()  # comparisons whose errors have been noted

    def rules(self) -> list[Rule]:
        """All stages."""
        lists, macros = self.collection.lists.values(), self.collection.macros.values()
        for step in (self.parse_macro, self.resolve_macro):
            for macro in macros:
                if not self.result.hopeless:
                    step(macro)
        self.changed = {e.name for e in lists if e.compiled != self.work.lists.get(e.name)}
        self.changed |= {m.name for m in macros if m.ast is None or m.ast is not self.work.macros.get(m.name)}
        if any(len(words(name)) != 1 for name in self.changed):
            self.work.rules.clear()  # such a name may be anywhere in a text
        rules = [rule for rule in self.collection.rules.values() if self.rule(rule)]
        if self.result.successful:
            self.unused()
        return rules

    def unused(self) -> None:
        for macro in self.collection.macros.values():
            if not macro.used:
                self.result.warn(UNUSED_MACRO, "Macro not referred to by any other rule/macro", macro.context)
        for entry in self.collection.lists.values():
            if not entry.used:
                self.result.warn(UNUSED_LIST, "List not referred to by any other rule/macro", entry.context)

    def reused(self, rule: Rule) -> bool:
        """Whether a rule need not be compiled again: it has the same warnings and uses the same then."""
        known = self.work.rules.get(rule.name)
        if (
            known is None
            or (known.version, known.catalogue) != (rule.visibility, rule.catalogue)
            or not known.names.isdisjoint(self.changed)
        ):
            return False
        self.result.warnings += known.warnings
        _mark(known.lists, known.macros)
        return True

    def source(self, condition: str, context: Context) -> tuple[Source, list[RuleList]]:
        """The tree of a condition with its lists, and the lists. Raises LoadError."""
        try:
            text, used = self.lists.replace(condition)
        except TooLong as e:
            raise LoadError(Problem(COMPILE_CONDITION, str(e), context)) from None
        if len(text) > 2 * MAX_CHECKS and len(_JOINTS.findall(text)) > MAX_CHECKS:  # spares parsing it
            message = f"the condition has more than {MAX_CHECKS} comparisons"
            raise LoadError(Problem(COMPILE_CONDITION, message, context))
        try:
            return self.trees.source(text), used
        except FilterSyntaxError as e:
            place = Source(from_user(text), Identifier("")).place(context, condition, e.at)
            raise LoadError(Problem(COMPILE_CONDITION, e.reason, place, e.hint)) from None
        except FilterError as e:
            raise LoadError(Problem(COMPILE_CONDITION, e.message, context, e.hint)) from None

    # --- macros

    def parse_macro(self, macro: Macro) -> None:
        macro.parsed = macro.ast = None
        macro.used = False
        try:
            source, used = self.source(macro.condition, macro.condition_context)
        except LoadError as e:
            self.result.error(e.problem)
            return
        self.resolver.sources[macro.name] = source
        macro.parsed = source.expr
        _mark(used, ())

    def resolve_macro(self, macro: Macro) -> None:
        if macro.parsed is None:
            return
        source = self.resolver.sources[macro.name]
        try:
            macro.ast = self.resolver.resolve(source, macro.visibility, macro.condition, macro.context)
        except LoadError as e:
            self.result.error(e.problem)
        except Broken:
            pass
        else:
            _mark((), self.resolver.used.values())

    # --- rules

    def rule(self, rule: Rule) -> bool:
        """Compile a rule; whether it is to be loaded."""
        if self.result.hopeless:
            return False
        rule.catalogue = self.collection.catalogue(rule.source)
        if self.reused(rule):
            return rule.ast is not None
        rule.ast = None
        self.work.rules.pop(rule.name, None)
        if rule.unknown_source:
            return False
        try:
            text, rule.exception_fields = rule.condition, []
            if rule.exceptions:
                text, rule.exception_fields = with_exceptions(rule.condition, rule.exceptions)
            warnings = len(self.result.warnings)
            output = self.output(rule)
            return self.condition(rule, text, output, warnings)
        except LoadError as e:
            self.result.error(e.problem)
        except TooLong as e:
            self.result.error(Problem(COMPILE_CONDITION, str(e), rule.condition_context))
        except Broken:
            pass
        return False

    def output(self, rule: Rule) -> bool:
        """Check the output; whether the rule is to be loaded as far as that goes. Raises LoadError."""
        problem = output_problem(rule, self.work.append_output, self.trees, self.result)
        if problem is not None:
            self.unless_skipped(rule, COMPILE_OUTPUT, problem, rule.output_context)
        return problem is None

    def unless_skipped(self, rule: Rule, code: str, error: FilterError | FormatError, context: Context) -> bool:
        """Note an error, or a warning if the rule wants no more about what is unknown; whether it is an error."""
        if rule.skip_if_unknown_filter and any(text in error.message for text in _UNKNOWN):
            self.result.warnings.append(Problem(UNKNOWN_FILTER, error.message, context, error.hint))
            return False
        self.result.error(Problem(code, error.message, context, error.hint))
        return True

    def condition(self, rule: Rule, condition: str, output: bool, warnings: int) -> bool:
        """Compile the condition; whether the rule is to be loaded. Raises LoadError, Broken.

        condition  its text, with the exceptions; macros and lists are not replaced
        output     whether the output is all right
        warnings   how many there were before this rule
        """
        context = rule.condition_context
        source, lists = self.source(condition, context)
        _mark(lists, ())
        ast = self.resolver.resolve(source, None, condition, rule.context)
        _mark((), self.resolver.used.values())
        judged = [(check, self.trees.verdict(check, rule.catalogue)) for check in checks(ast)]
        self.dubious(condition, context, source, judged)
        right = True
        for check, verdict in judged:
            if verdict.error is None:
                continue
            right = False
            if id(check) in self.reported:
                continue
            place = self.resolver.owner(check, source).place(context, condition, check.pos)
            if not self.unless_skipped(rule, COMPILE_CONDITION, verdict.error, place):
                break
            self.reported.add(id(check))
        if not right or not output:
            return False
        for check, verdict in judged:
            for message in verdict.warnings:
                at = check.right.pos if check.right else check.pos
                self.result.warn(COMPILE_WARNING, message, self.resolver.owner(check, source).place(context, condition, at))
        if rule.source == SYSCALL and rule.warn_evttypes:
            types = evttypes.matching(ast, evttypes.events())
            if types.bit_count() > MANY_TYPES:
                message = "Rule matches too many evt.type values. This has a significant performance penalty."
                self.result.warn(NO_EVTTYPE, message, rule.context)
        rule.parsed, rule.ast = source.expr, ast
        names = words(condition) | words(source.text) if lists else words(condition)
        used, found = tuple(self.resolver.used.values()), tuple(self.result.warnings[warnings:])
        self.work.rules[rule.name] = _Done(rule.visibility, rule.catalogue, frozenset(names), tuple(lists), used, found)
        return True

    def dubious(self, condition: str, context: Context, source: Source, judged: list[tuple[Check, Verdict]]) -> None:
        """Warn once of everything dubious."""
        first: dict[tuple[str, str], tuple[Dubious, Check]] = {}
        for check, verdict in judged:
            for found in verdict.dubious:
                first.setdefault((found.code, found.field), (found, check))
        for kind in ORDER if first else ():
            if kind in first:
                found, check = first[kind]
                text = self.resolver.owner(check, source).text.encode("latin-1")
                place = context.in_condition(condition, Position(), text, found.at)
                self.result.warn(found.code, found.message, place, found.field)


def _mark(lists: Iterable[RuleList], macros: Iterable[Macro]) -> None:
    for entry in lists:
        entry.used = True
    for macro in macros:
        macro.used = True
