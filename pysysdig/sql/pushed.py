"""Conditions of a query that a filter of sysdig's can say: they are applied before anything else is worked out, and frames of own
traces that hold nothing of the kind are not read."""

from __future__ import annotations

from typing import Any

from pysysdig.filter.tokens import literal
from pysysdig.sql.views import VALUE, View

EVENTS = "events"
# type, name and time say which events there are; the time of a table are microseconds
_TEXTS = ("evt.type", "proc.name")
_NUMBERS = ("evt.rawtime", "evt.num")
_TIME = "evt.time"
_COMPARE = {
    "COMPARE_EQUAL": "=", "COMPARE_GREATERTHAN": ">", "COMPARE_GREATERTHANOREQUALTO": ">=", "COMPARE_LESSTHAN": "<",
    "COMPARE_LESSTHANOREQUALTO": "<=",
}  # fmt: skip
_MIRRORED = {"=": "=", ">": "<", ">=": "<=", "<": ">", "<=": ">="}
# what constants are cast to, as either syntax tree of DuckDB's calls it
_MOMENTS = {
    "timestamp": "timestamp", "date": "date", "timestamptz": "timestamptz", "timestamp with time zone": "timestamptz",
}  # fmt: skip
_LAST = 1 << 53  # microseconds


def pushed(connection: Any, node: dict[str, Any], view: View | None) -> str:
    """A filter (byte text) that all events pass which a plain `select ... from TABLE where a and b` counts; "" none.

    connection   of DuckDB, to read constants as it does
    node         the SELECT, as json_serialize_sql tells it
    view         the table, if it is not `events`
    """
    terms = [view.filter] if view is not None and view.filter else []
    source = node.get("from_table") or {}
    where = node.get("where_clause")
    plain = node.get("type") == "SELECT_NODE" and source.get("type") == "BASE_TABLE" and not node.get("cte_map", {}).get("map")
    named = str(source.get("table_name", "")).lower() == (EVENTS if view is None else view.name)
    if plain and named and where and not node.get("sample"):
        conditions = where["children"] if where.get("type") == "CONJUNCTION_AND" else [where]
        pusher = _Pusher(connection, view)
        terms += [found for found in map(pusher.condition, conditions) if found]
    return " and ".join(terms)


class _Pusher:
    def __init__(self, connection: Any, view: View | None) -> None:
        self._connection = connection
        self._fields = {} if view is None else {f.path: f.sql.strip("{}") for f in view.fields if f.kind == VALUE}
        self._viewed = view is not None

    def condition(self, term: dict[str, Any]) -> str:
        """One of the conditions, "" if it cannot be said."""
        kind = term.get("type")
        if kind in _COMPARE:
            op = _COMPARE[kind]
            left, right = term["left"], term["right"]
            if left.get("class") in ("CONSTANT", "CAST"):
                left, right, op = right, left, _MIRRORED[op]
            return self._comparison(self._path(left), op, [right])
        if kind == "COMPARE_BETWEEN":
            path = self._path(term["input"])
            low = self._comparison(path, ">=", [term["lower"]])
            high = self._comparison(path, "<=", [term["upper"]])
            return f"{low} and {high}" if low and high else ""
        if kind == "COMPARE_IN":
            first, *rest = term["children"]
            return self._comparison(self._path(first), "in", rest)
        return ""

    def _comparison(self, path: str, op: str, nodes: list[dict[str, Any]]) -> str:
        if path == _TIME:
            return self._time(op, nodes[0]) if op != "in" else ""
        values = [_constant(node) for node in nodes]
        if path in _TEXTS and op in ("=", "in") and all(isinstance(v, str) and v.isascii() and v.isprintable() for v in values):
            return f"{path} in ({', '.join(map(literal, values))})"
        if path in _NUMBERS and op != "in" and all(type(v) is int and 0 <= v < 1 << 63 for v in values):
            return f"{path} {op} {values[0]}"
        return ""

    def _time(self, op: str, node: dict[str, Any]) -> str:
        us = self._moment(node)
        if us is None:
            return ""
        begin, after = us * 1000, (us + 1) * 1000
        terms = {
            ">=": f"evt.rawtime >= {begin}", ">": f"evt.rawtime >= {after}", "<": f"evt.rawtime < {begin}",
            "<=": f"evt.rawtime < {after}", "=": f"evt.rawtime >= {begin} and evt.rawtime < {after}",
        }  # fmt: skip
        return terms[op]

    def _moment(self, node: dict[str, Any]) -> int | None:
        """Microseconds of a constant, as DuckDB reads it; None: it is none."""
        casts = []
        while node.get("class") == "CAST":
            kind = node.get("cast_type", {}).get("id") or node.get("type_expr", {}).get("type_name") or ""
            if kind.lower() not in _MOMENTS:
                return None
            casts.append(_MOMENTS[kind.lower()])
            node = node["child"]
        text = _constant(node)
        if not isinstance(text, str):
            return None
        sql = "$1"
        for kind in (*reversed(casts), "timestamptz"):
            sql = f"try_cast({sql} as {kind})"
        try:
            (us,) = self._connection.execute(f"select epoch_us({sql})", [text]).fetchone()
        except Exception:  # time zones may be missing in DuckDB: the condition is not said before, that is all
            return None
        return us if isinstance(us, int) and 0 <= us < _LAST else None

    def _path(self, node: dict[str, Any]) -> str:
        """The column of `events` that a reference is, "" if it is none."""
        names = [str(n).lower() for n in node.get("column_names", ())] if node.get("class") == "COLUMN_REF" else []
        if not self._viewed:
            return ".".join(names[-2:])
        return self._fields.get(".".join(names)) or self._fields.get(".".join(names[1:])) or ""


def _constant(node: dict[str, Any]) -> Any:
    if node.get("class") != "CONSTANT":
        return None
    literal = node.get("literal")  # since DuckDB 2; before it a value with its type
    if literal is not None:
        return int(literal["text"]) if literal["kind"] == "INTEGER" else literal["text"] if literal["kind"] == "STRING" else None
    value = node.get("value", {})
    return None if value.get("is_null", True) else value.get("value")
