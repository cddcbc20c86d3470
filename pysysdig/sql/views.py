"""The table `events` in the words of other schemas: views, as SQL text, which `pysysdig sql` knows as tables, too.

A view is data (`sql.ecs`, `sql.ocsf`): fields, each an expression on columns of `events`, which stand in braces. A column that a
table lacks is NULL there, so a view fits whatever was exported.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from pysysdig.errors import UsageError

VALUE, LIST, ALL, MOMENT, MILLIS = "value", "list", "all", "moment", "millis"
_LEAF = re.compile(r"\{([a-z0-9_.]+)\}")


class Field(NamedTuple):
    """A field of a view.

    path   dots are structs in structs
    sql    the expression
    kind   VALUE: as it is; LIST: a list of it alone, ALL: of what is written; MOMENT: ns since 1970 as a time, MILLIS: as
           whole ms
    """

    path: str
    sql: str
    kind: str = VALUE


class View(NamedTuple):
    """A table of another schema.

    where    which events are its rows: an expression
    filter   sysdig's: all of these pass it; what a replay does not have to look at otherwise
    """

    name: str
    fields: tuple[Field, ...]
    where: str
    filter: str = ""

    def using(self, names: Sequence[str]) -> list[Field]:
        """The fields that a reference to a column of the view, or to something in it, may mean."""
        path = ".".join(names)
        return [f for f in self.fields if f"{path}.".startswith(f"{f.path}.") or f.path.startswith(f"{path}.")]

    def leaves(self, fields: Iterable[Field]) -> set[str]:
        """The columns of `events` that these fields need."""
        return {leaf for text in (self.where, *(f.sql for f in fields)) for leaf in _LEAF.findall(text)}


class Words(NamedTuple):
    """How an engine writes what a view needs beyond what all have."""

    quote: str
    struct: str
    pair: str
    listed: str
    moment: str


WORDS = {
    "duckdb": Words('"', "struct_pack({})", "{} := {}", "[{}]", "make_timestamptz({})"),
    "spark": Words("`", "named_struct({})", "{}, {}", "array({})", "timestamp_micros({})"),
}


def create_view(
    view: View, dialect: str = "duckdb", *, known: Collection[str] | None = None, fields: Sequence[Field] | None = None
) -> str:
    """The statement for one of WORDS.

    known    columns that `events` has, None: all
    fields   those of the view that are wanted, None: all

    Raises UsageError for an unknown dialect."""
    if dialect not in WORDS:
        raise UsageError(f"unknown engine {dialect}; views are for {', '.join(WORDS)}")
    words = WORDS[dialect]
    tree: dict[str, object] = {}
    for one in view.fields if fields is None else fields:
        *outer, last = one.path.split(".")
        inner = tree
        for name in outer:
            inner = inner.setdefault(name, {})  # type: ignore[assignment]
        inner[last] = _written(one, words, known)
    columns = [f"  {_nested(inner, words)} AS {words.quote}{name}{words.quote}" for name, inner in tree.items()]
    where = _columns(view.where, known)
    return f"CREATE OR REPLACE TEMPORARY VIEW {view.name} AS SELECT\n" + ",\n".join(columns) + f"\nFROM events WHERE {where};\n"


def _nested(inner: object, words: Words) -> str:
    if not isinstance(inner, dict):
        return str(inner)
    around = "'" if words.pair.startswith("{}, ") else words.quote
    pairs = (words.pair.format(f"{around}{name}{around}", _nested(value, words)) for name, value in inner.items())
    return words.struct.format(", ".join(pairs))


def _written(one: Field, words: Words, known: Collection[str] | None) -> str:
    sql = _columns(one.sql, known)
    if one.kind == LIST:
        return f"CASE WHEN {sql} IS NOT NULL THEN {words.listed.format(sql)} END"
    if one.kind == ALL:
        return words.listed.format(sql)
    if one.kind == MOMENT:
        return words.moment.format(_divided(sql, 1000))
    return _divided(sql, 1_000_000) if one.kind == MILLIS else sql


def _divided(sql: str, by: int) -> str:
    """Rounded down; engines have no operator for that in common, and their quotients are floating point."""
    return f"cast(round(({sql} - {sql} % {by}) / {by}) AS BIGINT)"


def _columns(sql: str, known: Collection[str] | None) -> str:
    return _LEAF.sub(lambda m: m[1] if known is None or m[1] in known else "NULL", sql)
