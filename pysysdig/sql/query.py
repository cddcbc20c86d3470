"""Queries on the table `events` of captures, answered by DuckDB while they are replayed.

Only the columns that a query uses are worked out, and of its conditions those that a filter of sysdig's can say are applied
before. A query that reads `events` more than once, or is no plain SELECT, reads a temporary Parquet file instead.
"""

from __future__ import annotations

import atexit
import glob
import os
import re
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pysysdig.api.trace import Trace
from pysysdig.errors import CaptureError, UsageError
from pysysdig.events.text import to_display
from pysysdig.export.schema import VERSION, leaves, wide, with_structs
from pysysdig.extras import require
from pysysdig.sql.catalog import VIEWS
from pysysdig.sql.pushed import EVENTS
from pysysdig.sql.translate import to_sql
from pysysdig.sql.used import ALERTS, Used, used
from pysysdig.sql.views import create_view

if TYPE_CHECKING:
    from pysysdig.api.table import Table
    from pysysdig.export.feed import Feed

_ROWS = 1 << 16  # of a record batch of an answer
_NO_ALERTS = re.compile(r"table with name alerts does not exist", re.IGNORECASE)


# those that nobody has given up: old versions of DuckDB abort if one is left when the interpreter goes away
_answers: weakref.WeakSet[Answer] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for answer in list(_answers):
        answer.close()


class Answer:
    """What a query gives: asked when its rows are, as tuples (`fetchall`, `fetchone`, `fetchmany`), `df`, `pl` or a `reader`.

    damage    of captures: errors; what the others, and these before the damage, hold is in the result. Known once all is fetched
    """

    def __init__(self, query: Query, connection: Any, text: str, heads: Sequence[str | None]) -> None:
        self._query = query  # whose temporary file may be read until the end
        self._connection = connection
        self._text = text
        self._heads = heads
        self._rows: Any = None
        _answers.add(self)

    def close(self) -> None:
        """Give it up."""
        self._connection.close()

    def _result(self) -> Any:
        if self._rows is None:
            with self._query.refusing():
                self._rows = self._connection.execute(self._text)
        return self._rows

    @property
    def heads(self) -> list[str]:
        """The names of the columns, fields in full."""
        named = [str(column[0]) for column in self._result().description]
        return self._full(named)

    def _full(self, named: list[str]) -> list[str]:
        if len(self._heads) != len(named):
            return named
        return [full or short for full, short in zip(self._heads, named)]

    def reader(self) -> Any:
        """A pyarrow.RecordBatchReader of the result. Raises UsageError."""
        with self._query.refusing():
            relation = self._connection.sql(self._text)
            old = not hasattr(relation, "to_arrow_reader")  # before DuckDB 2
            made = (relation.fetch_arrow_reader if old else relation.to_arrow_reader)(_ROWS)
        pa = require("pyarrow", "arrow")
        schema = pa.schema([f.with_name(name) for f, name in zip(made.schema, self._full(made.schema.names))])
        named = (pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in made)
        return pa.RecordBatchReader.from_batches(schema, named)

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        """The next rows. Raises UsageError for what goes wrong within the query."""
        rows: list[tuple[Any, ...]]
        result = self._result()
        with self._query.refusing():
            rows = result.fetchmany(size)
        return rows

    @property
    def damage(self) -> tuple[CaptureError, ...]:
        return tuple(self._query.damage)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._result(), name)


class Query:
    """Answers queries; one DuckDB in memory each, without access to files or the network unless `unsafe`."""

    def __init__(self, feed: Feed, *, rules: Sequence[str] = (), unsafe: bool = False) -> None:
        """feed: the events of the table `events`; rules: files, whose alerts are the table `alerts`. Raises MissingExtra,
        PysysdigError for rules that do not load."""
        self._duckdb = require("duckdb", "sql")
        require("pyarrow", "arrow")
        self._trace = Trace(feed)
        self._feed = feed
        for path in feed.paths:
            if not os.path.exists(path):
                raise CaptureError("no such file", path)
        self._parquet = _parquet(feed.paths)
        self._checked = False  # their versions
        if self._parquet and (rules or feed.calls):
            raise UsageError("rules and --calls need captures, not Parquet files")
        if self._parquet and feed.redaction is not None:
            raise UsageError("redaction is of captures, not of Parquet files")
        self._alerts = self._trace.rules(*rules) if rules else None
        self._unsafe = unsafe
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.damage: list[CaptureError] = []

    def files(self) -> list[str]:
        """What is read. Raises CaptureError."""
        return self._parquet or self._feed.files()

    def run(self, text: str) -> Answer:
        """The answer to a query. Raises UsageError for what DuckDB refuses, MissingExtra."""
        self.damage.clear()
        if not self.statements(text):
            raise UsageError("the query is empty; select count(*) from events is one")
        with self.refusing(), self._duckdb.connect() as stub:
            asked = used(stub.cursor(), text, wide if self._parquet else self._feed.standard)
            if asked is not None:
                self._stub(stub, asked)
                stub.sql(text)  # bound, not run: unknown columns are said before anything is read
        connection = self._duckdb.connect()
        with self.refusing():
            self._tables(connection, asked)
            if not self._unsafe:
                connection.execute("set enable_external_access = false")
                connection.execute("set lock_configuration = true")
        answer = Answer(self, connection, text, asked.heads if asked is not None else ())
        if asked is None:
            answer.heads  # noqa: B018  # a statement is carried out at once
        return answer

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """UsageError in place of DuckDB's."""
        try:
            yield
        except self._duckdb.Error as error:
            if self._alerts is None and _NO_ALERTS.search(str(error)):
                raise UsageError("there is no table alerts without rules: --rules FILE (of Falco's rules) makes one") from None
            raise UsageError(_said(error)) from None

    def statements(self, text: str) -> list[str]:
        """The queries in a text. Raises UsageError for what does not parse."""
        with self.refusing():
            found = self._duckdb.extract_statements(text)
        return [statement.query for statement in found]

    def _stub(self, connection: Any, asked: Used) -> None:
        """The tables without rows, with all columns; views that are not asked for only if DuckDB may name them in place of what
        there is not."""
        pa = require("pyarrow", "arrow")
        from pysysdig.export.arrow import schema_of

        columns = [*leaves().values(), *asked.others]
        empty = pa.table(schema_of(columns, nested=True, dense=True).empty_table())
        connection.register("_events", empty)
        connection.execute(f"create table {EVENTS} as from _events")
        known = {EVENTS, ALERTS, *VIEWS}.issuperset(asked.tables)
        for view in [view for view, _ in asked.views] if known else VIEWS.values():
            connection.execute(create_view(view))
        if self._alerts is not None:
            connection.register("_alerts", self._alerts.schema().empty_table())
            connection.execute(f"create table {ALERTS} as from _alerts")

    def _tables(self, connection: Any, asked: Used | None) -> None:
        if self._alerts is not None and (asked is None or ALERTS in asked.tables):
            connection.register(ALERTS, self._read(self._alerts).read_all())
        if asked is not None and EVENTS not in asked.tables and not asked.views:
            return
        if self._parquet:
            known = self._dataset(connection)
        else:
            known = self._captures(connection, asked)
        for view, fields in [(view, view.fields) for view in VIEWS.values()] if asked is None else asked.views:
            connection.execute(create_view(view, known=known, fields=fields or view.fields[:1]))

    def _captures(self, connection: Any, asked: Used | None) -> set[str]:
        """The table as it comes about; the columns that it has."""
        if asked is None:
            trace = self._trace.wide()
        else:
            names = [path for path in asked.columns if not (self._feed.calls and asked.views and path == "evt.dir")]
            trace = self._trace.select(*(names or ("evt.num",)))
            if asked.filter and self._feed.redaction is None:  # a query is about treated values, a filter about real ones
                trace = trace.filter(asked.filter)
        if asked is not None and len(asked.tables) == 1:
            connection.register(EVENTS, self._read(trace))
        else:
            path = self._spooled(trace)
            connection.execute(f"create view {EVENTS} as from read_parquet('{path}')")
            if not self._unsafe:
                connection.execute(f"set allowed_paths = ['{path}']")
        return set(trace.columns)

    def _dataset(self, connection: Any) -> set[str]:
        """The table as it lies in Parquet files; the columns that it has."""
        listed = ", ".join("'" + path.replace("'", "''") + "'" for path in self._parquet)
        if not self._checked:
            _check_versions(connection, listed)
            self._checked = True
        options = "union_by_name = true, hive_partitioning = true"
        connection.execute(f"create view _given as from read_parquet([{listed}], {options})")
        described = connection.execute("select column_name, column_type from (describe _given)").fetchall()
        columns = leaves() | with_structs(struct for struct, _ in described)
        known = {
            path
            for path, leaf in columns.items()
            for name, kind in described
            if name == leaf.struct and re.search(rf'[(,] ?"?{leaf.name}"? ', kind)
        }
        where = f" where {self._condition(known)}" if self._feed.filter else ""
        connection.execute(f"create view {EVENTS} as from _given{where}")
        if not self._unsafe:
            connection.execute(f"set allowed_paths = [{listed}]")
        return known

    def _condition(self, known: set[str]) -> str:
        """The filter as SQL. Raises UsageError if it cannot be said exactly."""
        made = to_sql(to_display(self._feed.filter), columns=known)
        if not made.exact:
            raise UsageError(
                f"the filter cannot be asked of these files: {made.reasons[0]}; ask the captures that they were made from, or "
                "write the files with --fields that name what it needs"
            )
        return made.sql

    def _read(self, table: Table) -> Any:
        """A reader that ends at damage, which is remembered."""
        pa = require("pyarrow", "arrow")

        def batches() -> Iterator[Any]:
            try:
                yield from table.batches(nested=True)
            except CaptureError as error:
                self.damage.append(error)

        return pa.RecordBatchReader.from_batches(table.schema(nested=True), batches())

    def _spooled(self, trace: Trace) -> str:
        from pysysdig.export.files import TableFile

        self._folder = tempfile.TemporaryDirectory(prefix="pysysdig-")
        path = os.path.join(self._folder.name, "events.parquet")
        reader = self._read(trace)
        with TableFile(path, reader.schema) as file:
            for batch in reader:
                file.add(batch)
            file.finish()
        return path


def _parquet(paths: Sequence[str]) -> list[str]:
    """The Parquet files, if the table is made of such. Raises UsageError if only a part of it is."""
    found: list[str] = []
    others: list[str] = []
    for path in paths:
        below = os.path.join(glob.escape(path), "**", "*.parquet")
        inner = sorted(glob.glob(below, recursive=True)) if os.path.isdir(path) else []
        if path.endswith(".parquet") or inner:
            found += inner or [path]
        else:
            others.append(path)
    if found and others:
        raise UsageError(f"captures and Parquet files cannot be one table: {others[0]} is no Parquet file")
    return found


def _check_versions(connection: Any, listed: str) -> None:
    """Raises UsageError for a file of another version of the schema (export.schema): its leaves may mean something else. Files
    that name none are taken as they are."""
    query = f"select file_name, decode(value) from parquet_kv_metadata([{listed}]) where decode(key) = 'pysysdig.schema'"
    for path, version in connection.execute(query).fetchall():
        if version != str(VERSION):
            raise UsageError(f"{path}: its schema has version {version}, this program knows {VERSION}; export the capture again")


def _said(error: Exception) -> str:
    """What DuckDB says in a line, and the line of the query with its mark, if it shows one."""
    what, mark, line = str(error).strip().partition("\nLINE ")
    return "; ".join(part.strip(" !") for part in what.splitlines() if part.strip()) + mark + line
