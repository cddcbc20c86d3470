"""Two captures beside each other: what happens more or less often, per second, in the one than in the other.

Things are told apart by what lasts: names of programs, paths, ports, kinds of calls and errors; not by process ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pysysdig.filter.tokens import literal
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


class Difference(NamedTuple):
    """What happens `rate` times a second, and `other` times in the other capture. filter: passes its events (byte text), "" =
    there is no such filter."""

    what: str
    name: str
    rate: float
    other: float
    filter: str


class _Counted(NamedTuple):
    """How often things of a kind happened, by name, and their filters. cut: there is more than that."""

    what: str
    counts: dict[str, float]
    filters: dict[str, str]
    cut: bool


def compared(data: dict[str, Any], other: dict[str, Any], name: str) -> dict[str, Any]:
    """Differences of what collect.Collector has of two captures, as rows [what, name, a second, a second in the other].

    name: of the other, as it is shown."""
    return {"name": name, "rows": [[*d[:2], round(d.rate, 3), round(d.other, 3)] for d in differences(data, other)]}


def differences(data: dict[str, Any], other: dict[str, Any]) -> list[Difference]:
    """The same; of each kind the greatest ones, at most SHOWN."""
    spans = [max((int(d["line"]["last"]) - int(d["line"]["origin"])) / 1e9, 1e-3) for d in (data, other)]
    out: list[Difference] = []
    for mine, theirs in zip(_counted(data), _counted(other)):
        found: list[tuple[float, Difference]] = []
        for key in {**mine.counts, **theirs.counts}:
            counts = mine.counts.get(key, 0), theirs.counts.get(key, 0)
            if (key not in mine.counts and mine.cut) or (key not in theirs.counts and theirs.cut):
                continue  # it may be among the rows that are left out
            rate, before = (count / span for count, span in zip(counts, spans))
            if max(counts) >= _FEW and max(rate, before) >= _TIMES * min(rate, before):
                wanted = mine.filters.get(key) or theirs.filters.get(key, "")
                found.append((-abs(rate - before), Difference(mine.what, key, rate, before, wanted)))
        out += [difference for _, difference in sorted(found)[:SHOWN]]
    return out


def _counted(data: dict[str, Any]) -> Iterator[_Counted]:
    """What is counted, always in one order."""
    numbers = [t for t in data["tiles"] if t["kind"] != "distinct"]
    yield _Counted("Number", {t["name"]: t["total"] for t in numbers}, {t["name"]: t["filter"] for t in numbers}, False)
    programs: dict[str, float] = {}
    for _, _, name, *_, events in data["processes"]["rows"]:
        programs[name] = programs.get(name, 0) + events
    named = {name: f"proc.name={literal(name)}" for name in programs if name.isascii() and "\\" not in name}  # as they are
    yield _Counted("Program", programs, named, data["processes"]["kept"] < data["processes"]["total"])
    for view, what, key, count in _TABLES:
        table = next(t for t in data["tables"] if t["view"] == view)
        titles = [column["title"] for column in table["columns"]]
        at, n = titles.index(key), titles.index(count)
        names = [str(row[at]) for row in table["rows"]]
        filters = {name: _filter(table, value) for name, value in zip(names, table["keys"])}
        counts = {name: row[n] for name, row in zip(names, table["rows"])}
        yield _Counted(what, counts, filters, table["total"] > MOST_ROWS)


def _filter(table: dict[str, Any], value: str) -> str:
    """What passes the events of a row by its key."""
    own = f"{table['filter']} and " if table["filter"] else ""
    return f"{own}{table['key']}={value}" if value else ""
