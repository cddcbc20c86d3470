"""Two captures beside each other: what happens more or less often, per second, in the one than in the other.

Things are told apart by what lasts: names of programs, paths, ports, kinds of calls and errors; not by process ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pysysdig.report.tables import MOST_ROWS

SHOWN = 50  # differences of a kind
_TIMES = 1.5  # as often, at least, to be told
_FEW = 10  # what happens less often in both is chance
# (view, what a row is, column of the key, column of counts), by titles
_TABLES = (
    ("files", "File", "FILENAME", "OPS"),
    ("sports", "Server port", "SPORT", "IO CALLS"),
    ("errors", "Error", "ERROR", "COUNT"),
    ("syscalls", "System call", "SYSCALL", "CALLS/S"),
)


def compared(data: dict[str, Any], other: dict[str, Any], name: str) -> dict[str, Any]:
    """Differences of what collect.Collector has of two captures, as rows [what, name, a second, a second in the other].

    name: of the other, as it is shown."""
    spans = [max((int(d["line"]["last"]) - int(d["line"]["origin"])) / 1e9, 1e-3) for d in (data, other)]
    rows: list[list[Any]] = []
    pairs = zip(_counted(data), _counted(other))
    for (what, mine, cut), (_, theirs, other_cut) in pairs:
        found: list[tuple[float, list[Any]]] = []
        for key in {**mine, **theirs}:
            counts = mine.get(key, 0), theirs.get(key, 0)
            if (key not in mine and cut) or (key not in theirs and other_cut):
                continue  # it may be among the rows that are left out
            rates = [count / span for count, span in zip(counts, spans)]
            if max(counts) >= _FEW and max(rates) >= _TIMES * min(rates):
                found.append((-abs(rates[0] - rates[1]), [what, key, *(round(rate, 3) for rate in rates)]))
        rows += [row for _, row in sorted(found)[:SHOWN]]
    return {"name": name, "rows": rows}


def _counted(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, float], bool]]:
    """(what is counted, how often by name, whether there is more than that), always in one order."""
    yield "Number", {t["name"]: t["total"] for t in data["tiles"] if t["kind"] != "distinct"}, False
    programs: dict[str, float] = {}
    for _, _, name, *_, events in data["processes"]["rows"]:
        programs[name] = programs.get(name, 0) + events
    yield "Program", programs, data["processes"]["kept"] < data["processes"]["total"]
    for view, what, key, count in _TABLES:
        table = next(t for t in data["tables"] if t["view"] == view)
        titles = [column["title"] for column in table["columns"]]
        at, n = titles.index(key), titles.index(count)
        yield what, {str(row[at]): row[n] for row in table["rows"]}, table["total"] > MOST_ROWS
