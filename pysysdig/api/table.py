"""What all tables can do, whatever their rows are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from typing import Any

from pysysdig.errors import CaptureError
from pysysdig.extras import require

_SHOWN = 10  # rows of a table in a notebook
_CHUNK = 1 << 14  # rows that are written at a time


class Table:
    """Rows that are made when they are asked for. `columns` are their names."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        raise NotImplementedError

    @property
    def redacted(self) -> bool:
        """Whether values are hidden in it."""
        raise NotImplementedError

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows as plain tuples, one after the other; None is a missing value. Needs no package."""
        raise NotImplementedError

    def schema(self, *, nested: bool = False, dense: bool = False) -> Any:
        """The pyarrow.Schema. Raises MissingExtra."""
        raise NotImplementedError

    def batches(self, *, nested: bool = False, dense: bool = False) -> Iterator[Any]:
        """pyarrow.RecordBatch objects; dense: text without dictionaries. Raises MissingExtra."""
        raise NotImplementedError

    def reader(self, *, nested: bool = False) -> Any:
        """A pyarrow.RecordBatchReader, which DuckDB, polars and pandas take as it is. Raises MissingExtra."""
        pa = require("pyarrow", "arrow")
        return pa.RecordBatchReader.from_batches(self.schema(nested=nested), self.batches(nested=nested))

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        """The Arrow C stream protocol."""
        return self.reader().__arrow_c_stream__(requested_schema)

    def to_arrow(self, *, nested: bool = False) -> Any:
        """A pyarrow.Table: columns named like `proc.name`, or structs. Raises MissingExtra."""
        return self.reader(nested=nested).read_all()

    def to_pandas(self) -> Any:
        """A pandas.DataFrame; text columns are categories. Raises MissingExtra."""
        require("pandas", "pandas")
        return self.to_arrow().unify_dictionaries().to_pandas()

    def to_polars(self) -> Any:
        """A polars.DataFrame. Raises MissingExtra."""
        return require("polars", "polars").from_arrow(self.to_arrow().unify_dictionaries())

    def write(self, path: str | os.PathLike[str]) -> int:
        """Write a file: .parquet, .arrow, .arrows, .csv or .ndjson; or the messages of a topic: kafka://HOST:PORT/TOPIC. Returns
        the number of rows; nothing is under the name of a file if it fails. Raises UsageError, MissingExtra, PysysdigError;
        CaptureError once all that can be read is written (Parquet's metadata say so, too: `pysysdig.damage`)."""
        from pysysdig.export.feed import damage_text
        from pysysdig.export.targets import taken, target

        chosen = taken(os.fspath(path))
        head = self.schema(nested=True, dense=chosen.dense) if chosen.columnar else self.columns
        with target(os.fspath(path), head) as out:
            wrong: CaptureError | None = None
            parts = self.batches(nested=True, dense=chosen.dense) if chosen.columnar else chunks(self.rows(), _CHUNK)
            try:
                for part in parts:
                    out.add(part)
            except CaptureError as error:
                wrong = error
            out.finish(damage_text(wrong, redacted=self.redacted))
        if wrong is not None:
            raise wrong
        return out.rows

    def count(self) -> int:
        """The number of rows."""
        return sum(1 for _ in self.rows())

    def _repr_html_(self) -> str:
        """The first rows, for a notebook."""
        from html import escape

        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = [
            "<tr>" + "".join(f"<td>{escape('' if v is None else str(v)[:200])}</td>" for v in row) + "</tr>"
            for row in islice(self.rows(), _SHOWN)
        ]
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table><p>first {len(body)} rows</p>"


def chunks(rows: Iterator[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    """So many rows at a time; what precedes damage comes before it is raised."""
    chunk: list[tuple[Any, ...]] = []
    try:
        for row in rows:
            chunk.append(row)
            if len(chunk) == size:
                yield chunk
                chunk = []
    except CaptureError:
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk
