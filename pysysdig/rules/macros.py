"""Macros in place of their names in trees.

A macro can use those whose first definition comes before its own last change; rules can use all. What a macro amounts to
is one object, shared by all that use it.
"""

from __future__ import annotations

from typing import NamedTuple

from pysysdig.errors import did_you_mean
from pysysdig.filter.ast import And, Check, Expr, Identifier, Not, Or
from pysysdig.rules.model import Macro
from pysysdig.rules.results import COMPILE_CONDITION, VALIDATE, Context, LoadError, Problem
from pysysdig.rules.trees import Source, Trees, owners

MAX_CHAIN = 100  # macros inside each other that are not in order of definition
MAX_CHECKS = 20_000  # comparisons in one condition, macros included
MAX_DEPTH = 150  # levels of and, or and not in one condition, macros included


class Broken(Exception):
    """A macro is used whose own errors have been reported."""


class _Failure(NamedTuple):
    """A name that cannot be replaced."""

    message: str
    node: Identifier


class Resolver:
    """Replaces macros.

    sources  of the macros that parse, by name
    used     macros replaced in the last tree
    """

    def __init__(self, trees: Trees, macros: dict[str, Macro]) -> None:
        self.trees = trees
        self.macros = macros
        self.sources: dict[str, Source] = {}
        self.used: dict[str, Macro] = {}
        self._owners: dict[int, Source] | None = None
        self._expanded: dict[tuple[int, str], Expr] = {}
        self._unknown: list[_Failure] = []
        self._loops: list[_Failure] = []

    def resolve(self, source: Source, visibility: int | None, condition: str, context: Context) -> Expr:
        """The tree of a condition with macros replaced.

        visibility  only macros whose index is below it are seen; None: all
        context     where the condition is, for errors

        Raises LoadError, Broken.
        """
        self.used = {}
        self._unknown, self._loops = [], []
        expr = self._expand(source.expr, visibility, ())
        for failure in (*self._loops, *self._unknown):
            place = self.owner(failure.node, source).place(context, condition, failure.node.pos)
            hint = "" if self._loops else self._hint(failure.node.name)
            raise LoadError(Problem(VALIDATE, failure.message, place, hint))
        size = self.trees.size(expr)
        if size.checks > MAX_CHECKS:
            message = f"the condition has {size.checks} comparisons with its macros, at most {MAX_CHECKS} are allowed"
            raise LoadError(Problem(COMPILE_CONDITION, message, context))
        if size.depth > MAX_DEPTH:
            message = f"the condition is nested {size.depth} levels deep with its macros, at most {MAX_DEPTH} are allowed"
            raise LoadError(Problem(COMPILE_CONDITION, message, context))
        return expr

    def owner(self, node: Check | Identifier, own: Source) -> Source:
        """The text that a part of a tree is from: that of a macro, or else the condition's own."""
        if self._owners is None:
            self._owners = owners(self.sources.values())
        return self._owners.get(id(node), own)

    def _expand(self, expr: Expr, visibility: int | None, path: tuple[str, ...]) -> Expr:
        if isinstance(expr, Identifier):
            return self._macro(expr, visibility, path)
        if isinstance(expr, (And, Or, Not)):
            terms = expr.children()
            new = tuple([self._expand(term, visibility, path) for term in terms])
            return expr if all(a is b for a, b in zip(new, terms)) else self.trees.rebuilt(expr, new)
        return expr

    def _macro(self, node: Identifier, visibility: int | None, path: tuple[str, ...]) -> Expr:
        name = node.name
        macro = self.macros.get(name)
        if macro is None or (visibility is not None and macro.index >= visibility):
            self._unknown.append(_Failure(f"Undefined macro '{name}' used in filter.", node))
            return node
        if name in path:
            self._loops.append(_Failure(f"reference loop in macro '{name}'", node))
            return node
        self.used[name] = macro
        if macro.ast is not None:
            return macro.ast
        if macro.parsed is None or visibility is None:
            raise Broken
        if len(path) >= MAX_CHAIN:
            self._loops.append(_Failure(f"more than {MAX_CHAIN} macros inside each other", node))
            return node
        # it comes later, but was there when the one that uses it was last changed
        known = self._expanded.get((visibility, name))
        if known is None:
            known = self._expanded[visibility, name] = self._expand(macro.parsed, visibility, (*path, name))
        return known

    def _hint(self, name: str) -> str:
        if name in self.macros:
            return "a macro can use only macros that are defined before it"
        return did_you_mean(name, list(self.macros))
