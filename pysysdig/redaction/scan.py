"""All text of a file, and where in it secrets are: captures (events, state, all that is packed in frames) and tables."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from pysysdig.errors import CaptureError, PysysdigError
from pysysdig.events.table import load
from pysysdig.export.formats import FORMATS
from pysysdig.extras import require
from pysysdig.sources.opening import open_any
from pysysdig.trace import frames
from pysysdig.trace.values import loads

if TYPE_CHECKING:
    from pysysdig.events.batch import EventBatch
    from pysysdig.redaction.search import Search

_CHUNK = 1 << 20  # bytes of a plain file looked at together
_THREADS = 4096  # whose last buffers are remembered
_NOTED = 64  # bytes that show where a hit is the same


class Finding(NamedTuple):
    """A secret. where: for people; what: without the secret."""

    where: str
    what: str


def scan(path: str, search: Search) -> Iterator[Finding]:
    """What is found in a file. Raises PysysdigError where it cannot be read, once what can be is told."""
    if not os.path.isfile(path):
        raise PysysdigError(f"{path}: no such file")
    if any(path.endswith(f.suffix) for f in FORMATS):
        yield from _table(path, search)
        return
    with _opened(path) as file:
        own = file.read(8).startswith(b"\x94\xa5pscap")
    yield from _events(path, search)
    yield from (_frames if own else _plain)(path, search)


def _opened(path: str) -> Any:
    try:
        with open(path, "rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return gzip.open(path) if packed else open(path, "rb")  # noqa: SIM115
    except OSError as error:
        raise PysysdigError(f"{path}: cannot be read: {error.strerror or error}") from None


def _found(search: Search, data: bytes, where: str, *, text: bool = True) -> Iterator[Finding]:
    """What is found in data; text: it is text in the main, in which credentials can be told from numbers."""
    for hit in (*search.given(data), *(search.credentials(data) if text else ())):
        yield Finding(where, hit.what)


# captures


def _events(path: str, search: Search) -> Iterator[Finding]:
    """Parameters of events, those of one thread also behind one another."""
    with open_any(path) as capture:
        for section in capture.sections():
            tails: dict[tuple[int, int], bytes] = {}
            for batch in section.batches():
                yield from _batch(batch, section.generation, search, tails)


def _batch(batch: EventBatch, generation: str, search: Search, tails: dict[tuple[int, int], bytes]) -> Iterator[Finding]:
    infos = load(generation)
    for type_ in batch.types():
        pos = batch.positions(type_)
        spans = batch.spans(type_, pos)
        params = infos[type_].params
        nums, tids = batch.num_of(pos).tolist(), batch.tid[pos].tolist()
        for i in range(len(spans.length)):
            name = params[i].name if i < len(params) else str(i)
            known: dict[bytes, list[Finding]] = {}
            for num, tid, data in zip(nums, tids, batch.raw(spans, i)):
                if not data:
                    continue
                where = f"event {num}, {infos[type_].name}, {name}"
                if len(data) >= _NOTED or data not in known:
                    findings = list(_found(search, data, where))
                    if len(data) < _NOTED:
                        known[data] = findings
                    yield from findings
                if search.reach and i < len(params) and params[i].type == "BYTEBUF":
                    yield from _across(search, data, where, tails, (tid, type_))


def _across(
    search: Search, data: bytes, where: str, tails: dict[tuple[int, int], bytes], key: tuple[int, int]
) -> Iterator[Finding]:
    """What begins in a thread's buffers before and ends in this one."""
    before = tails.get(key, b"")
    for hit in search.given(before + data[: search.reach - 1]):
        if hit.at < len(before) < hit.at + hit.size:
            yield Finding(where, f"{hit.what}, split over buffers")
    if len(tails) >= _THREADS:
        tails.clear()
    tails[key] = (before + data)[-(search.reach - 1) :] if search.reach > 1 else b""


def _frames(path: str, search: Search) -> Iterator[Finding]:
    """All parts of all frames, unpacked: metas, and whatever they or other parts refer to."""
    with _opened(path) as file:
        data = memoryview(file.read())
    at = number = 0
    while at < len(data):
        where = frames.need(data[at:])
        if isinstance(where, int) or where.body_end + frames.TAIL_SIZE > len(data) - at:
            raise CaptureError("the file ends within a frame", path, at)
        one = frames.frame(data[at:], where, path, at)
        number += 1
        place = f"frame {number} ({one.kind})"
        yield from _found(search, bytes(data[at + where.meta : at + where.meta_end]), place, text=False)
        yield from _parts(one.meta, one.body, place, search, path, at)
        at = one.end


def _parts(value: Any, body: memoryview, place: str, search: Search, path: str, at: int) -> Iterator[Finding]:
    """What is found in the values of msgpack data and in the parts of the body that they refer to."""
    waiting = [(place, value)]
    while waiting:
        where, one = waiting.pop()
        if isinstance(one, str):
            yield from _found(search, one.encode("latin-1", "replace"), where)
        elif isinstance(one, bytes):
            yield from _found(search, one, where)
        elif isinstance(one, dict):
            waiting += [(f"{where}, {key}", inner) for key, inner in one.items()]
        elif isinstance(one, list):
            if len(one) == 4 and all(type(n) is int for n in one):
                try:
                    data = frames.blob(body, one, path, at)
                except CaptureError:
                    continue  # four numbers that are no reference
                yield from _found(search, data, where, text=False)
                try:
                    waiting.append((where, loads(data)))
                except CaptureError:
                    continue  # numbers or bytes
            else:
                waiting += [(where, inner) for inner in one]


def _plain(path: str, search: Search) -> Iterator[Finding]:
    """The bytes of the whole file, a piece with the end of the one before at a time."""
    before, at = b"", 0
    try:
        with _opened(path) as file:
            while piece := file.read(_CHUNK):
                for hit in (*search.given(before + piece), *search.credentials(before + piece)):
                    yield Finding(f"offset {at - len(before) + hit.at}", hit.what)
                at += len(piece)
                before = (before + piece)[-max(search.reach, 512) :]
    except (OSError, EOFError) as error:
        raise PysysdigError(f"{path}: cannot be read: {error}") from None


# tables


def _table(path: str, search: Search) -> Iterator[Finding]:
    if path.endswith((".csv", ".ndjson")):
        try:
            with open(path, "rb") as lines:
                for number, line in enumerate(lines, 1):
                    yield from _found(search, line, f"line {number}")
        except OSError as error:
            raise PysysdigError(f"{path}: cannot be read: {error.strerror or error}") from None
        return
    pa = require("pyarrow", "arrow")
    try:
        yield from _arrow(pa, path, search)
    except (pa.ArrowException, OSError, EOFError) as error:
        raise PysysdigError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from None


def _arrow(pa: Any, path: str, search: Search) -> Iterator[Finding]:
    """Metadata, dictionaries as they are in the file, and values row by row."""
    if path.endswith(".parquet"):
        file = require("pyarrow.parquet", "arrow").ParquetFile(path)
        # a group at a time: pyarrow does not join the dictionaries of several inside structs
        groups = range(file.num_row_groups)
        schema, batches = file.schema_arrow, (batch for group in groups for batch in file.iter_batches(row_groups=[group]))
        extra = file.metadata.metadata or {}
    else:
        reader = (pa.ipc.open_stream if path.endswith(".arrows") else pa.ipc.open_file)(path)
        schema, extra = reader.schema, {}
        batches = reader if path.endswith(".arrows") else (reader.get_batch(i) for i in range(reader.num_record_batches))
    for key, value in {**extra, **(schema.metadata or {})}.items():
        if key != b"ARROW:schema":
            yield from _found(search, value, f"metadata {key.decode('latin-1')}")
    for field in schema:
        yield from _found(search, field.name.encode(), "names of columns")
    row = 0
    for batch in batches:
        for name, column in zip(batch.schema.names, batch.columns):
            yield from _values(pa, name, column, row, search)
        row += batch.num_rows


def _values(pa: Any, name: str, column: Any, row: int, search: Search) -> Iterator[Finding]:
    if pa.types.is_struct(column.type):
        for field, inner in zip(column.type, column.flatten()):
            yield from _values(pa, f"{name}.{field.name}", inner, row, search)
        return
    if pa.types.is_dictionary(column.type):
        for value in column.dictionary.to_pylist():
            yield from _found(search, _bytes(value), f"column {name}")
        return
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_temporal(column.type):
        return
    known: set[bytes] = set()
    for number, value in enumerate(column.to_pylist(), row + 1):
        data = b"" if value is None or isinstance(value, bool) else _bytes(value)
        if data and data not in known:
            known.add(data)
            yield from _found(search, data, f"column {name}, row {number}")


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, (list, tuple)):
        return b"\n".join(_bytes(v) for v in value if v is not None)
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else json.dumps(value, default=str).encode()
