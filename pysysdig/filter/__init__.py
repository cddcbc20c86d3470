"""The filter language: text -> tokens -> AST -> checked plan -> tree of column predicates.

    flt = compile_filter("proc.name=cat and evt.type=openat", OLD)
    sel = flt.select(view, sel)

The grammar is the union of sysdig 0.36 and the current libraries; see docs/filter-language.md.
"""

from __future__ import annotations

from pysysdig.filter.compiler import Filter, compile_ast, compile_filter
from pysysdig.filter.parser import parse
from pysysdig.filter.unparse import to_text

__all__ = ["Filter", "compile_ast", "compile_filter", "parse", "to_text"]
