"""Trees: what stands for macros and lists is put in their place, and how deep they may be."""

from __future__ import annotations

import pytest

from pysysdig.errors import FilterError
from pysysdig.filter import compile_ast, parse
from pysysdig.filter.ast import Identifier, ListExpr, Value, substitute
from pysysdig.filter.unparse import to_text


def test_substitute_macros_and_lists() -> None:
    tree = parse("m and not (a.b in names or c.d=1)")

    def resolve(node: Identifier) -> object:
        return {"m": parse("x.y=1 or x.z=2"), "names": ListExpr((Value("p"), Value("q r")))}.get(node.name)

    replaced = substitute(tree, resolve)  # type: ignore[arg-type]
    assert to_text(replaced) == '((x.y = 1 or x.z = 2) and not (a.b in (p, "q r") or c.d = 1))'
    assert to_text(tree) == "(m and not (a.b in names or c.d = 1))"


def test_deep_trees_are_refused() -> None:
    tree = parse("m or a.b=1")
    for _ in range(10_000):
        inner = tree
        tree = substitute(parse("not m and a.b=1"), lambda node, inner=inner: inner)  # type: ignore[misc]
    for use in (to_text, compile_ast, lambda t: substitute(t, lambda node: None)):
        with pytest.raises(FilterError, match="nested deeper"):
            use(tree)
