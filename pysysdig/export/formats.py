"""The formats of files of tables: Parquet, Arrow, CSV, JSON lines.

A format is one class here and one row of FORMATS. It takes record batches (`columnar`) or lists of tuples.
"""

from __future__ import annotations

import csv
from typing import Any, ClassVar, Protocol

from pysysdig.errors import UsageError
from pysysdig.export.cells import cell, objects
from pysysdig.extras import require

ROW_GROUP = 1 << 19  # rows of a row group
_HELD = 96 << 20  # bytes of batches that may be held for a row group
# sequences: differences are stored, which are small
_DELTAS = ("evt.num", "evt.rawtime", "evt.time", "time", "rawtime", "num")
# texts of which the least and the greatest are noted for each row group; of others that takes time and leaves nothing out
_SORTED = ("evt.type", "proc.name", "container.id")


class Format(Protocol):
    """What writes a file of one format.

    suffix     the end of the names of such files
    columnar   takes record batches; else lists of tuples
    dense      text without dictionaries
    held       bytes, as they are in memory, that are not in the file yet; `packed` of those that are (0: none are held back)
    """

    suffix: ClassVar[str]
    columnar: ClassVar[bool]
    dense: ClassVar[bool]
    held: int
    packed: int

    def __init__(self, path: str, head: Any) -> None:
        """head: a pyarrow.Schema, or the names of the columns."""

    def add(self, part: Any) -> None:
        """Rows, in order."""

    def flush(self) -> None:
        """Nothing is held back from here on."""

    def note(self, name: str, text: str) -> None:
        """One more line of metadata, if there is a place for it at the end."""

    def close(self) -> None:
        """The end of the file."""


class _Parquet:
    suffix: ClassVar[str] = ".parquet"
    columnar: ClassVar[bool] = True
    dense: ClassVar[bool] = False

    def __init__(self, path: str, head: Any) -> None:
        self._pa = require("pyarrow", "arrow")
        self._schema = head
        leaves = _leaves(self._pa, head)
        self._writer = require("pyarrow.parquet", "arrow").ParquetWriter(
            path,
            head,
            compression="zstd",
            compression_level=3,
            use_dictionary=[leaf for leaf in leaves if leaf not in _DELTAS],
            write_statistics=[leaf for leaf, kind in leaves.items() if leaf in _SORTED or self._pa.types.is_primitive(kind)],
            column_encoding={leaf: "DELTA_BINARY_PACKED" for leaf in leaves if leaf in _DELTAS},
        )
        self._group: list[Any] = []
        self._rows = self.held = self.packed = 0

    def add(self, part: Any) -> None:
        self._group.append(part)
        self._rows += len(part)
        self.held += part.nbytes
        if self._rows >= ROW_GROUP or self.held >= _HELD:
            self.flush()

    def flush(self) -> None:
        if self._group:
            table = self._pa.Table.from_batches(self._group, self._schema).unify_dictionaries()
            self.packed += self.held
            self._group, self._rows, self.held = [], 0, 0
            self._writer.write_table(table, ROW_GROUP)

    def note(self, name: str, text: str) -> None:
        if hasattr(self._writer, "add_key_value_metadata"):  # not in old versions of pyarrow
            self._writer.add_key_value_metadata({name: text})

    def close(self) -> None:
        self.flush()
        self._writer.close()


def _leaves(pa: Any, schema: Any) -> dict[str, Any]:
    """The columns of a Parquet file of this schema, as its writer calls them, and their types."""
    out: dict[str, Any] = {}
    for field in schema:
        inner = [(f"{field.name}.{leaf.name}", leaf.type) for leaf in field.type] if pa.types.is_struct(field.type) else []
        out |= {path + _inside(pa, kind): kind for path, kind in inner or [(field.name, field.type)]}
    return out


def _inside(pa: Any, kind: Any) -> str:
    return ".list.element" if pa.types.is_list(kind) else ""


class _Direct:
    """Holds nothing back."""

    held = packed = 0

    def flush(self) -> None:
        pass

    def note(self, name: str, text: str) -> None:
        pass


class _Stream(_Direct):
    suffix: ClassVar[str] = ".arrows"
    columnar: ClassVar[bool] = True
    dense: ClassVar[bool] = False
    _maker: ClassVar[str] = "new_stream"

    def __init__(self, path: str, head: Any) -> None:
        pa = require("pyarrow", "arrow")
        options = pa.ipc.IpcWriteOptions(compression="zstd", emit_dictionary_deltas=True)
        self._writer = getattr(pa.ipc, self._maker)(path, head, options=options)

    def add(self, part: Any) -> None:
        self._writer.write_batch(part)

    def close(self) -> None:
        self._writer.close()


class _File(_Stream):
    suffix: ClassVar[str] = ".arrow"
    dense: ClassVar[bool] = True
    _maker: ClassVar[str] = "new_file"


class _Csv(_Direct):
    suffix: ClassVar[str] = ".csv"
    columnar: ClassVar[bool] = False
    dense: ClassVar[bool] = False

    def __init__(self, path: str, head: Any) -> None:
        self._file = open(path, "w", newline="", encoding="utf-8")  # noqa: SIM115
        self._writer = csv.writer(self._file)
        self._writer.writerow(head)

    def add(self, part: list[tuple[Any, ...]]) -> None:
        self._writer.writerows([cell(v) for v in row] for row in part)

    def close(self) -> None:
        self._file.close()


class _Lines(_Direct):
    suffix: ClassVar[str] = ".ndjson"
    columnar: ClassVar[bool] = False
    dense: ClassVar[bool] = False

    def __init__(self, path: str, head: Any) -> None:
        self._names = tuple(head)
        self._file = open(path, "w", encoding="utf-8")  # noqa: SIM115

    def add(self, part: list[tuple[Any, ...]]) -> None:
        self._file.writelines(f"{line}\n" for line in objects(self._names, part))

    def close(self) -> None:
        self._file.close()


FORMATS: tuple[type[Format], ...] = (_Parquet, _Stream, _File, _Csv, _Lines)


def format_of(path: str) -> type[Format]:
    """The format that the end of a name says. Raises UsageError."""
    for chosen in FORMATS:
        if path.endswith(chosen.suffix):
            return chosen
    known = ", ".join(f.suffix for f in FORMATS)
    raise UsageError(f"{path}: the end of the name says no format of tables; there are {known}")
