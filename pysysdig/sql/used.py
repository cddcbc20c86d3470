"""What a query asks of the tables: which columns it uses, how often it reads them, and which of its conditions a filter of
sysdig's can apply before. Read from DuckDB's own syntax tree, so that there is no second parser of SQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pysysdig.export.schema import WIDE, Leaf, leaves, wide, with_structs
from pysysdig.sql.catalog import VIEWS
from pysysdig.sql.pushed import EVENTS, pushed
from pysysdig.sql.views import Field, View

ALERTS = "alerts"
Views = tuple[tuple[View, tuple[Field, ...]], ...]


class Used(NamedTuple):
    """Of a query.

    columns   paths of the columns of `events` that it may use, a superset, those for `views` included
    tables    names of the tables that it reads, once for each time
    filter    a filter (byte text) that all events have to pass for any that the query counts, "" none
    heads     what the columns of the answer are called: in full, `proc.name` and not `name`; None where DuckDB knows it only
    views     those of sql.catalog that it reads, with the fields that it may use
    others    columns of other sources of events that the table has for it: all of each whose fields it names
    """

    columns: tuple[str, ...]
    tables: tuple[str, ...]
    filter: str
    heads: tuple[str | None, ...] = ()
    views: Views = ()
    others: tuple[Leaf, ...] = ()


def used(connection: Any, text: str, standard: Callable[[], Sequence[Leaf]] = wide) -> Used | None:
    """What a SELECT asks for; None: it is something else.

    standard   gives what `*` stands for; not asked where there is none

    Raises duckdb.Error for what does not parse."""
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
    known = leaves()
    if EVENTS in tables or not views:
        usual = {leaf.path: leaf for leaf in standard()} if everything else {}
        known = known | usual | with_structs(name for names in references for name in names)
        chosen = {*usual, *(path for names in references for path in _columns(names, known))}
    for view, fields in views:
        chosen |= view.leaves(fields)
    order = tuple(path for path in known if path in chosen)
    said = ""
    if len(statements) == len(tables) == 1:
        said = pushed(connection, statements[0], views[0][0] if views else None)
    others = tuple(leaf for path, leaf in known.items() if path not in leaves())
    return Used(order, tables, said, _heads(statements[-1], views), views, others)


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


def _columns(names: list[str], known: Mapping[str, Leaf]) -> list[str]:
    """The paths that a reference like `proc.name`, `e.proc.name` or `proc` can mean."""
    structs = {leaf.struct for leaf in known.values()}
    for i, name in enumerate(names):
        if name in structs:
            path = ".".join(names[i : i + 2])
            if path in known:
                return [path]
            return [leaf.path for leaf in known.values() if leaf.struct == name and leaf.part == WIDE]
    return []
