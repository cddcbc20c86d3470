"""Trees of conditions, and what is known of them: each text is parsed, and each comparison checked, only once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from pysysdig.errors import FilterError, FormatError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import from_user, to_display
from pysysdig.eventsources import registry
from pysysdig.filter.ast import And, Check, Expr, Identifier, Not, Or, walk
from pysysdig.filter.checker import Checker
from pysysdig.filter.compiler import Compiler
from pysysdig.filter.parser import RULE_DEPTH, parse
from pysysdig.filter.tokens import line_column
from pysysdig.rules.dubious import Dubious, dubious
from pysysdig.rules.output_format import OutputFormat
from pysysdig.rules.results import Context, Position

# a field in an output, without width and argument, and nothing after it that could belong to it
_PLAIN_TOKEN = re.compile(r"%([a-z0-9_]+(?:\.[a-z0-9_]+)+)(?![A-Za-z0-9_\[(])")


class Source(NamedTuple):
    """A parsed text: positions of nodes are indexes in `text` (byte text)."""

    text: str
    expr: Expr

    def place(self, context: Context, condition: str, at: int) -> Context:
        """A place in the text. `condition` is what it was before lists were replaced, and `context` where that is."""
        line, column = line_column(self.text, at)
        return context.in_condition(condition, Position(line, column, at), self.text.encode("latin-1"), at)


class Verdict(NamedTuple):
    """What there is to say about a comparison."""

    error: FilterError | None
    warnings: tuple[str, ...]
    dubious: tuple[Dubious, ...]


class Size(NamedTuple):
    """Of a tree with all macros in it."""

    checks: int
    depth: int


class Trees:
    """Caches, by text or by the identity of nodes (which the caches keep alive)."""

    def __init__(self) -> None:
        self._compilers: dict[str, Compiler] = {}
        self._sources: dict[str, Source | FilterError] = {}
        self._verdicts: dict[tuple[int, str], tuple[Check, Verdict]] = {}
        self._sizes: dict[int, tuple[Expr, Size]] = {}
        self._rebuilt: dict[tuple[int, ...], Expr] = {}
        self._formats: dict[tuple[str, str], FormatError | None] = {}

    def source(self, text: str) -> Source:
        """The tree of a text. Raises FilterError."""
        found = self._sources.get(text)
        if found is None:
            try:
                found = Source(from_user(text), parse(text, RULE_DEPTH))
            except FilterError as e:
                found = e
            self._sources[text] = found
        if isinstance(found, FilterError):
            raise found
        return found

    def verdict(self, check: Check, catalogue: str) -> Verdict:
        """Whether a comparison of fields of this catalogue makes sense."""
        known = self._verdicts.get((id(check), catalogue))
        if known is not None:
            return known[1]
        compiler = self._compilers.get(catalogue)
        if compiler is None:
            compiler = self._compilers[catalogue] = Compiler(Checker("", CURRENT, catalogue=registry.catalogue(catalogue)))
        checker = compiler.checker
        seen = len(checker.warnings)
        error = None
        try:
            compiler.check(check)
        except FilterError as e:
            error = e
        warnings = tuple(to_display(message) for message, _ in checker.warnings[seen:])
        verdict = Verdict(error, warnings, dubious(check))
        self._verdicts[id(check), catalogue] = (check, verdict)
        return verdict

    def output_problem(self, text: str, catalogue: str) -> FormatError | None:
        """What is wrong with an output of fields of this catalogue; None: nothing."""
        tokens = _PLAIN_TOKEN.findall(text)
        if len(tokens) == text.count("%") and all(self._format_problem(f"%{name}", catalogue) is None for name in set(tokens)):
            return None
        return self._format_problem(text, catalogue)

    def _format_problem(self, text: str, catalogue: str) -> FormatError | None:
        key = text, catalogue
        if key not in self._formats:
            try:
                OutputFormat(from_user(text), catalogue=registry.catalogue(catalogue))
                self._formats[key] = None
            except FormatError as e:
                self._formats[key] = e
        return self._formats[key]

    def size(self, expr: Expr) -> Size:
        """Size of a tree."""
        if not isinstance(expr, (And, Or, Not)):
            return Size(1, 1)
        known = self._sizes.get(id(expr))
        if known is not None:
            return known[1]
        sizes = [self.size(term) for term in expr.children()]
        size = Size(sum(s.checks for s in sizes), 1 + max(s.depth for s in sizes))
        self._sizes[id(expr)] = (expr, size)
        return size

    def rebuilt(self, expr: And | Or | Not, terms: tuple[Expr, ...]) -> Expr:
        """A node with other terms: always the same one for the same terms, so that what is known of it stays known."""
        key = (id(expr), *map(id, terms))
        known = self._rebuilt.get(key)
        if known is None:
            known = Not(terms[0], expr.pos) if isinstance(expr, Not) else type(expr)(terms, expr.pos)
            self._rebuilt[key] = known  # which keeps the terms; `expr` is part of a source, or of another rebuilt node
        return known


def checks(expr: Expr) -> list[Check]:
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


def owners(sources: Iterable[Source]) -> dict[int, Source]:
    """The sources that comparisons and names are part of, by the identity of these."""
    return {id(node): s for s in sources for node in walk(s.expr) if isinstance(node, (Check, Identifier))}
