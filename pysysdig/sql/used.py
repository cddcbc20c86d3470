"""What a query asks of the tables: which columns it uses, how often it reads them, and which of its conditions a filter of
sysdig's can apply before. Read from DuckDB's own syntax tree, so that there is no second parser of SQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from pysysdig.export.schema import leaves, wide
from pysysdig.filter.tokens import quote
from pysysdig.sql.catalog import VIEWS
from pysysdig.sql.views import Field, View

EVENTS, ALERTS = "events", "alerts"
Views = tuple[tuple[View, tuple[Field, ...]], ...]

# conditions on these columns are pushed down: (type, name and time say which events there are before anything else is worked out)
_TEXTS = ("evt.type", "proc.name")
_NUMBERS = ("evt.rawtime", "evt.num")
_COMPARE = {
    "COMPARE_EQUAL": "=", "COMPARE_GREATERTHAN": ">", "COMPARE_GREATERTHANOREQUALTO": ">=", "COMPARE_LESSTHAN": "<",
    "COMPARE_LESSTHANOREQUALTO": "<=",
}  # fmt: skip
_MIRRORED = {"=": "=", ">": "<", ">=": "<=", "<": ">", "<=": ">="}


class Used(NamedTuple):
    """Of a query.

    columns   paths of the columns of `events` that it may use, a superset, those for `views` included
    tables    names of the tables that it reads, once for each time
    filter    a filter (byte text) that all events have to pass for any that the query counts, "" none
    heads     what the columns of the answer are called: in full, `proc.name` and not `name`; None where DuckDB knows it only
    views     those of sql.catalog that it reads, with the fields that it may use
    """

    columns: tuple[str, ...]
    tables: tuple[str, ...]
    filter: str
    heads: tuple[str | None, ...] = ()
    views: Views = ()


def used(connection: Any, text: str) -> Used | None:
    """What a SELECT asks for; None: it is something else. Raises duckdb.Error for what does not parse."""
    answer = connection.execute("select json_serialize_sql($1)", [text]).fetchone()
    tree = json.loads(answer[0])
    if tree.get("error"):
        return None
    statements = [s["node"] for s in tree["statements"]]
    nodes = [node for statement in statements for node in _walk(statement)]
    tables = tuple(str(n.get("table_name", "")).lower() for n in nodes if n.get("type") == "BASE_TABLE")
    references = [[str(n).lower() for n in node["column_names"]] for node in nodes if node.get("class") == "COLUMN_REF"]
    everything = any(n.get("class") == "STAR" for n in nodes)
    views = tuple((VIEWS[name], _fields(VIEWS[name], references, everything)) for name in dict.fromkeys(tables) if name in VIEWS)
    chosen: set[str] = set()
    if EVENTS in tables or not views:
        chosen = {path for names in references for path in _columns(names)}
        if everything:
            chosen |= {leaf.path for leaf in wide()}
    for view, fields in views:
        chosen |= view.leaves(fields)
    order = tuple(path for path in leaves() if path in chosen)
    pushed = ""
    if len(statements) == 1:
        pushed = views[0][0].filter if len(tables) == 1 and views else _pushed(statements[0])
    return Used(order, tables, pushed, _heads(statements[-1], views), views)


def _fields(view: View, references: list[list[str]], everything: bool) -> tuple[Field, ...]:
    """Those that a query may use."""
    if everything:
        return view.fields
    found: set[Field] = set()
    for names in references:
        for i in range(len(names)):
            using = view.using(names[i:])
            if using:
                found.update(using)
                break
    return tuple(field for field in view.fields if field in found)


def _heads(node: dict[str, Any], views: Views) -> tuple[str | None, ...]:
    """Those of a plain SELECT; empty if it is none, or selects `*`."""
    items = node.get("select_list") or []
    if any(item.get("class") == "STAR" for item in items):
        return ()
    tops = {field.path.partition(".")[0] for view, _ in views for field in view.fields}
    return tuple(
        _head(item["column_names"], tops) if item.get("class") == "COLUMN_REF" and not item.get("alias") else None
        for item in items
    )


def _head(names: list[str], tops: set[str]) -> str:
    """A column in full, without the name of its table."""
    at = next((i for i, name in enumerate(names) if name.lower() in tops), max(len(names) - 2, 0))
    return ".".join(names[at:])


def _walk(node: Any) -> Iterator[dict[str, Any]]:
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            yield one
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)


def _columns(names: list[str]) -> list[str]:
    """The paths that a reference like `proc.name`, `e.proc.name` or `proc` can mean."""
    known = leaves()
    structs = {leaf.struct for leaf in known.values()}
    for i, name in enumerate(names):
        if name in structs:
            path = ".".join(names[i : i + 2])
            if path in known:
                return [path]
            return [leaf.path for leaf in wide() if leaf.struct == name]
    return []


def _pushed(node: dict[str, Any]) -> str:
    """The filter that the conditions of a plain `select ... from events where a and b` make."""
    source = node.get("from_table") or {}
    where = node.get("where_clause")
    if node.get("type") != "SELECT_NODE" or source.get("type") != "BASE_TABLE" or not where or node.get("sample"):
        return ""
    if str(source.get("table_name", "")).lower() != EVENTS or node.get("cte_map", {}).get("map"):
        return ""
    terms = where["children"] if where.get("type") == "CONJUNCTION_AND" else [where]
    return " and ".join(found for found in map(_condition, terms) if found)


def _condition(term: dict[str, Any]) -> str:
    kind = term.get("type")
    if kind in _COMPARE:
        op = _COMPARE[kind]
        left, right = term["left"], term["right"]
        if left.get("class") == "CONSTANT":
            left, right, op = right, left, _MIRRORED[op]
        return _comparison(_path(left), op, [_constant(right)])
    if kind == "COMPARE_BETWEEN":
        path = _path(term["input"])
        low = _comparison(path, ">=", [_constant(term["lower"])])
        high = _comparison(path, "<=", [_constant(term["upper"])])
        return f"{low} and {high}" if low and high else ""
    if kind == "COMPARE_IN":
        first, *rest = term["children"]
        return _comparison(_path(first), "in", [_constant(r) for r in rest])
    return ""


def _comparison(path: str, op: str, values: list[Any]) -> str:
    if path in _TEXTS and op in ("=", "in") and all(isinstance(v, str) and v.isascii() and v.isprintable() for v in values):
        return f"{path} in ({', '.join(quote(v) for v in values)})"
    if path in _NUMBERS and op != "in" and all(type(v) is int and 0 <= v < 1 << 63 for v in values):
        return f"{path} {op} {values[0]}"
    return ""


def _path(node: dict[str, Any]) -> str:
    names = [str(n).lower() for n in node.get("column_names", ())] if node.get("class") == "COLUMN_REF" else []
    return ".".join(names[-2:])


def _constant(node: dict[str, Any]) -> Any:
    if node.get("class") != "CONSTANT":
        return None
    literal = node.get("literal")  # since DuckDB 2; before it a value with its type
    if literal is not None:
        return int(literal["text"]) if literal["kind"] == "INTEGER" else literal["text"] if literal["kind"] == "STRING" else None
    value = node.get("value", {})
    return None if value.get("is_null", True) else value.get("value")
