"""Captures as tables: lazy, immutable, of the columns that are asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pysysdig.api.table import Table
from pysysdig.errors import CaptureError, UsageError
from pysysdig.events.text import from_user
from pysysdig.export import schema
from pysysdig.export.columns import Values
from pysysdig.export.feed import Feed

if TYPE_CHECKING:
    from pysysdig.api.alerts import Alerts
    from pysysdig.api.explained import Explained
    from pysysdig.export.schema import Leaf

# what a table without a selection has: the fields of sysdig's default line
_DEFAULT = ("evt.num", "evt.time", "evt.cpu", "proc.name", "thread.tid", "evt.dir", "evt.type", "evt.args")
MAX_ROWS = 1 << 16  # of a record batch


class Trace(Table):
    """Events of captures, or of the running machine. Nothing is read before rows are asked for; each of the methods that narrow
    it gives another one. Made by `open` and `live`."""

    __slots__ = ("_feed", "_leaves")

    def __init__(self, feed: Feed, leaves: tuple[Leaf, ...] | None = None) -> None:
        self._feed = feed
        self._leaves = leaves

    def __repr__(self) -> str:
        what = ", ".join(map(repr, self._feed.paths)) or "live"
        return f"<pysysdig.Trace of {what}: {', '.join(self.columns)}>"

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(leaf.path for leaf in self._chosen())

    def _chosen(self) -> tuple[Leaf, ...]:
        if self._leaves is not None:
            return self._leaves
        return tuple(schema.columns(n for n in _DEFAULT if not (self._feed.calls and n == "evt.dir")))

    def filter(self, text: str) -> Trace:
        """Only the events that a filter of sysdig's language accepts, of those there are. Raises FilterError with the place at
        once."""
        new = from_user(_text("filter", text))
        self._feed._replace(filter=new).check()
        both = f"({self._feed.filter}) and ({new})" if self._feed.filter else new
        return Trace(self._feed._replace(filter=both), self._leaves)

    def select(self, *fields: str, **renamed: str) -> Trace:
        """These columns: sysdig's fields ("proc.name", "fd.sport", "proc.aname[2]", "evt.arg.name"), the sets "wide", "rules" and
        "safe", and fields under other names (n="evt.rawres"). Raises UsageError, FilterError at once."""
        for field in (*fields, *renamed.values()):
            _text("select", field)
        chosen = schema.columns(fields, calls=self._feed.calls) if fields else []
        for name, field in renamed.items():
            chosen += [leaf._replace(path=name) for leaf in schema.columns([field])]
        if not chosen:
            raise UsageError("no fields are named; name some, or one of the sets wide, rules, safe")
        return Trace(self._feed, tuple(chosen))

    def wide(self) -> Trace:
        """The standard columns of the table `events` (docs/data.md), or of another source of events whose
        records the first file is."""
        return Trace(self._feed, tuple(self._feed.standard()))

    def calls(self) -> Trace:
        """One event a call, with all its parameters, as Falco's rules see them, in place of enter and exit events."""
        return Trace(self._feed._replace(calls=True), self._leaves)

    def redact(self, policy: str | os.PathLike[str] | Mapping[str, str] = "default", *, key: bytes | None = None) -> Trace:
        """The same events with values hidden wherever they occur, as with `--redact`: whatever is made of them, rows, files,
        datasets, answers to queries. `filter` chooses among the real events, before and after; rules see what is left.

        policy: "default", a YAML file, or actions by fields (docs/data.md); key: for hashes, at least 16 bytes, so that those of
        several files are the same; None: one that nobody knows. Raises UsageError."""
        from pysysdig.redaction.policy import MIN_KEY, fresh_key, policy_of, read_policy
        from pysysdig.redaction.remade import Redaction
        from pysysdig.redaction.values import Values

        chosen = policy_of(policy) if isinstance(policy, Mapping) else read_policy(os.fspath(policy))
        if key is not None and len(key) < MIN_KEY:
            raise UsageError(f"redact: a key has at least {MIN_KEY} bytes")
        return Trace(self._feed._replace(redaction=Redaction(Values(chosen, key or fresh_key()))), self._leaves)

    @property
    def redacted(self) -> bool:
        return self._feed.redaction is not None

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The events as tuples. Raises CaptureError once everything before the damage is out."""
        columns = [Values(leaf) for leaf in self._chosen()]
        level = max((c.level for c in columns), default=0)
        for view, sel in self._feed.views(level):
            if len(sel):
                yield from zip(*(c.items(view, sel) for c in columns))

    def schema(self, *, nested: bool = False, dense: bool = False) -> Any:
        from pysysdig.export.arrow import schema_of

        return schema_of(self._chosen(), nested=nested, dense=dense, metadata=self._feed.about())

    def batches(self, *, nested: bool = False, dense: bool = False) -> Iterator[Any]:
        """Record batches of at most 65,536 events. Raises CaptureError once everything before the damage is out."""
        from pysysdig.export.arrow import ArrowBatches

        return self._batches(ArrowBatches(self._chosen(), nested=nested, dense=dense))

    def _batches(self, made: Any) -> Iterator[Any]:
        for view, sel in self._feed.views(made.level):
            for at in range(0, len(sel), MAX_ROWS):
                yield made.batch(view, sel[at : at + MAX_ROWS])

    def count(self) -> int:
        """The number of events."""
        return sum(len(sel) for _, sel in self._feed.views(0))

    def chisel(self, name: str, *arguments: str, json: bool = False) -> str:
        """What a chisel prints for these events, as `-c NAME ARGUMENTS` does. Raises ChiselError, UsageError, CaptureError."""
        from pysysdig.api.chisels import output

        return output(self._feed, name, arguments, json=json)

    def of(self, path: str) -> Trace:
        """The same of another capture."""
        return Trace(self._feed._replace(paths=(path,)), self._leaves)

    def write_dataset(self, folder: str | os.PathLike[str], *, host: str = "") -> tuple[str, ...]:
        """Write Parquet files in folders date=/hour=/host= below `folder`, one an hour (UTC) and capture; returns their names.

        host: where they were recorded, "" what each capture says. Raises MissingExtra, PysysdigError; CaptureError once the rest
        is written."""
        from pysysdig.export.dataset import write_dataset

        return write_dataset(self._feed, self._chosen(), os.fspath(folder), host).files

    def rules(self, *files: str | os.PathLike[str]) -> Alerts:
        """The alerts of Falco's rules. Raises PysysdigError if the rules do not load."""
        from pysysdig.api.alerts import Alerts

        return Alerts(self._feed, tuple(os.fspath(f) for f in files))

    def explain(self, rule: str, *files: str | os.PathLike[str], near: int = 3) -> Explained:
        """Why a rule of these files raised alerts for these events, or none, and which events came closest, as `pysysdig rules
        explain` tells it; near: how many kinds of these. Raises UsageError, CaptureError; PysysdigError if the rules do not
        load."""
        from pysysdig.api.explained import explained

        return explained(self._feed, rule, tuple(os.fspath(f) for f in files), near)

    def sql(self, text: str) -> Any:
        """The answer to a query on the table `events` of these events, as DuckDB gives it: `.fetchall()`, `.df()`, `.pl()`,
        `.arrow()`. Raises MissingExtra, UsageError."""
        query = _text("sql", text)
        from pysysdig.sql.query import Query

        return Query(self._feed).run(query)


def _text(method: str, value: object) -> str:
    """Raises TypeError for what is none."""
    if not isinstance(value, str):
        raise TypeError(f"{method}: a text is needed, not {type(value).__name__}")
    return value


def open(*paths: str | os.PathLike[str], calls: bool = False, all_threads: bool = False) -> Trace:
    """Captures (.scap, .pscap, gzipped or not) and directories of them as one table of events, in the order of their names.

    calls: one event a call; all_threads: in captures of exit events only, the events of all threads. Raises CaptureError if one
    is not there; what is wrong inside is said when it is read."""
    if not paths:
        raise UsageError("no capture is named")
    names = tuple(os.fspath(path) for path in paths)
    for name in names:
        if not os.path.exists(name):
            raise CaptureError("no such file", name)
    return Trace(Feed(names, calls=calls, all_threads=all_threads))


def live(seconds: float | None = None, *, calls: bool = False) -> Trace:
    """The running machine, from when rows are asked for on, for so many seconds (None: until the iterator is closed). Needs root
    and the packages that a capture needs: PysysdigError then."""
    return Trace(Feed(calls=calls, seconds=seconds))
