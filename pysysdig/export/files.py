"""Tables as files: Parquet, Arrow, CSV, JSON lines. A file has its name once it is whole."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pysysdig.errors import PysysdigError, UsageError
from pysysdig.extras import require

if TYPE_CHECKING:
    from pysysdig.api.table import Table

ROW_GROUP = 1 << 19  # rows of a row group
# sequences: differences are stored, which are small
_DELTAS = ("evt.num", "evt.rawtime", "evt.time", "time", "rawtime", "num")


class FileFormat(NamedTuple):
    """A kind of file: the end of its names, and what writes one: write(table, path) -> number of rows."""

    suffix: str
    write: Callable[[Table, str], int]


def write(table: Table, path: str | os.PathLike[str]) -> int:
    """Write a table to a file whose name says the format; the number of rows. An existing file is replaced when the new one is
    whole. Raises UsageError, MissingExtra, PysysdigError; CaptureError (the file holds what precedes the damage then)."""
    name = os.fspath(path)
    chosen = format_of(name)
    with _becoming(name) as temporary:
        return chosen.write(table, temporary)


def format_of(path: str) -> FileFormat:
    """The format that the end of a name says. Raises UsageError."""
    for chosen in FORMATS:
        if path.endswith(chosen.suffix):
            return chosen
    known = ", ".join(f.suffix for f in FORMATS)
    raise UsageError(f"{path}: the end of the name says no format of tables; there are {known}")


@contextmanager
def _becoming(path: str) -> Iterator[str]:
    """A temporary file beside `path`, which gets that name at the end."""
    folder = os.path.dirname(os.path.abspath(path))
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", suffix=".inprogress", dir=folder)
        os.close(handle)
    except OSError as error:
        raise PysysdigError(f"{path}: can't create it: {error.strerror}") from None
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        raise PysysdigError(f"{path}: can't write it: {error.strerror or error}") from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _parquet(table: Table, path: str) -> int:
    pa, pq = require("pyarrow", "arrow"), require("pyarrow.parquet", "arrow")
    schema = table.schema(nested=True)
    leaves = _leaf_paths(pa, schema)
    writer = pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=3,
        use_dictionary=[leaf for leaf in leaves if leaf not in _DELTAS],
        column_encoding={leaf: "DELTA_BINARY_PACKED" for leaf in leaves if leaf in _DELTAS},
    )
    rows = 0
    with writer:
        for group in _groups(table):
            whole = pa.Table.from_batches(group, schema).unify_dictionaries()
            writer.write_table(whole, ROW_GROUP)
            rows += len(whole)
    return rows


def _groups(table: Table) -> Iterator[list[Any]]:
    """Batches, as many as make a row group."""
    group: list[Any] = []
    rows = 0
    for batch in table.batches(nested=True):
        group.append(batch)
        rows += len(batch)
        if rows >= ROW_GROUP:
            yield group
            group, rows = [], 0
    if group:
        yield group


def _leaf_paths(pa: Any, schema: Any) -> list[str]:
    """The columns of a Parquet file of this schema, as its writer calls them."""
    out: list[str] = []
    for field in schema:
        inner = list(field.type) if pa.types.is_struct(field.type) else []
        out += [f"{field.name}.{leaf.name}{_inside(pa, leaf.type)}" for leaf in inner] or [field.name + _inside(pa, field.type)]
    return out


def _inside(pa: Any, kind: Any) -> str:
    return ".list.element" if pa.types.is_list(kind) else ""


def _arrow(table: Table, path: str, *, stream: bool) -> int:
    pa = require("pyarrow", "arrow")
    options = pa.ipc.IpcWriteOptions(compression="zstd", emit_dictionary_deltas=True)
    schema = table.schema(nested=True)
    rows = 0
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(path, schema, options=options) as writer:
        for batch in table.batches(nested=True, whole=True):
            writer.write_batch(batch)
            rows += len(batch)
    return rows


def _csv(table: Table, path: str) -> int:
    rows = 0
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(table.columns)
        for row in table.rows():
            writer.writerow([_cell(v) for v in row])
            rows += 1
    return rows


def _cell(value: Any) -> Any:
    """Lists and dicts as JSON, times as RFC 3339, bytes in hexadecimal digits."""
    if isinstance(value, (list, dict)):
        return json.dumps(value, default=_plain, ensure_ascii=False)
    return value if value is None or isinstance(value, (str, int, float)) else _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return value.hex() if isinstance(value, bytes) else str(value)


def _ndjson(table: Table, path: str) -> int:
    names = table.columns
    encode = json.JSONEncoder(default=_plain, ensure_ascii=False).encode
    rows = 0
    with open(path, "w", encoding="utf-8") as file:
        for row in table.rows():
            file.write(encode(dict(zip(names, row))) + "\n")
            rows += 1
    return rows


FORMATS = (
    FileFormat(".parquet", _parquet),
    FileFormat(".arrows", lambda table, path: _arrow(table, path, stream=True)),
    FileFormat(".arrow", lambda table, path: _arrow(table, path, stream=False)),
    FileFormat(".csv", _csv),
    FileFormat(".ndjson", _ndjson),
)
