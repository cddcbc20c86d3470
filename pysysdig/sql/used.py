"""What a query asks of the tables: which columns it uses, how often it reads them, and which of its conditions a filter of
sysdig's can apply before. Read from DuckDB's own syntax tree, so that there is no second parser of SQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from pysysdig.export.schema import leaves, wide
from pysysdig.filter.tokens import quote

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

    columns   paths of the columns of `events` that it may use, a superset
    tables    names of the tables that it reads, once for each time
    filter    a filter (byte text) that all events have to pass for any that the query counts, "" none
    heads     what the columns of the answer are called: in full, `proc.name` and not `name`; None where DuckDB knows it only
    """

    columns: tuple[str, ...]
    tables: tuple[str, ...]
    filter: str
    heads: tuple[str | None, ...] = ()


def used(connection: Any, text: str) -> Used | None:
    """What a SELECT asks for; None: it is something else. Raises duckdb.Error for what does not parse."""
    answer = connection.execute("select json_serialize_sql($1)", [text]).fetchone()
    tree = json.loads(answer[0])
    if tree.get("error"):
        return None
    statements = [s["node"] for s in tree["statements"]]
    nodes = [node for statement in statements for node in _walk(statement)]
    tables = tuple(str(n.get("table_name", "")).lower() for n in nodes if n.get("type") == "BASE_TABLE")
    chosen: dict[str, None] = {}
    everything = any(n.get("class") == "STAR" for n in nodes)
    for node in nodes:
        if node.get("class") == "COLUMN_REF":
            for path in _columns([str(n).lower() for n in node["column_names"]]):
                chosen.setdefault(path)
    if everything:
        chosen = {**dict.fromkeys(leaf.path for leaf in wide()), **chosen}
    order = [path for path in leaves() if path in chosen]
    return Used(tuple(order), tables, _pushed(statements[0]) if len(statements) == 1 else "", _heads(statements[-1]))


def _heads(node: dict[str, Any]) -> tuple[str | None, ...]:
    """Those of a plain SELECT; empty if it is none, or selects `*`."""
    items = node.get("select_list") or []
    if any(item.get("class") == "STAR" for item in items):
        return ()
    return tuple(
        ".".join(item["column_names"][-2:]) if item.get("class") == "COLUMN_REF" and not item.get("alias") else None
        for item in items
    )


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
    if str(source.get("table_name", "")).lower() != "events" or node.get("cte_map", {}).get("map"):
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
