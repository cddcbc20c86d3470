"""A report without names: texts become numbered words by what they are, the same text the same word."""

from __future__ import annotations

from typing import Any

# what texts of a column become, by the beginning of its field; others (types, errors, times) stay
_WORDS = (
    ("fd.name", "file"), ("fd.containername", "file"), ("fd.directory", "directory"), ("fd.containerdirectory", "directory"),
    ("fd.lip", "address"), ("fd.rip", "address"), ("fd.cip", "address"), ("fd.sip", "address"), ("proc.", "process"),
    ("user.", "user"), ("container.", "container"),
)  # fmt: skip


def anonymised(document: dict[str, Any]) -> dict[str, Any]:
    """The document without command lines, paths, addresses, names of users, containers and machines, and without filters that
    hold them; of alerts the rules and times are left."""
    words: dict[str, dict[str, str]] = {}  # by kind and text

    def word(field: str, text: Any) -> Any:
        kind = next((w for start, w in _WORDS if field.startswith(start)), "")
        if not kind or not isinstance(text, str) or not text:
            return text
        known = words.setdefault(kind, {})
        return known.setdefault(text, f"{kind}-{len(known) + 1}")

    tables = []
    for table in document["tables"]:
        fields = [column["field"] for column in table["columns"]]
        rows = [[word(field, value) for field, value in zip(fields, row)] for row in table["rows"]]
        named = any(table["key"].startswith(start) for start, _ in _WORDS) and not table["key"].endswith("pid")
        tables.append(table | {"rows": rows, "keys": [""] * len(rows) if named else table["keys"]})
    processes = document["processes"] | {
        "rows": [
            [pid, depth, word("proc.", name), word("proc.", line), *rest]
            for pid, depth, name, line, *rest in document["processes"]["rows"]
        ]
    }
    items = [alert | {"text": alert["rule"]} for alert in document["alerts"]["items"]]
    line = document["about"]["line"].split(" · host ")[0]
    about = document["about"] | {"title": "capture", "line": line, "command": "names are replaced by numbered words"}
    alerts = document["alerts"] | {"items": items}
    if "compared" in document:
        kinds = {"File": "fd.name", "Program": "proc."}
        rows = [[what, word(kinds.get(what, ""), name), *rates] for what, name, *rates in document["compared"]["rows"]]
        document = document | {"compared": document["compared"] | {"name": "another capture", "rows": rows}}
    return document | {"tables": tables, "processes": processes, "about": about, "filter": "", "alerts": alerts}
