"""The table `events` in the words of other engines: CREATE TABLE for DuckDB, Spark, ClickHouse and Trino."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pysysdig.export.schema import (
    ADDRESSES,
    BOOL,
    BYTES,
    FLOAT,
    INT,
    INT16,
    INT32,
    INTS,
    LONG_TEXT,
    MAP,
    TEXT,
    TEXTS,
    TIME,
    Leaf,
)


class Dialect(NamedTuple):
    """How an engine writes types.

    types     kind of column -> type
    struct    of (name, type) pairs; `pair` joins one, `quote` is around names
    ending    what follows the columns
    """

    types: dict[str, str]
    struct: str
    pair: str
    quote: str
    ending: str


def _types(**types: str) -> dict[str, str]:
    names = {
        "int": INT, "int32": INT32, "int16": INT16, "float": FLOAT, "bool": BOOL, "text": TEXT, "bytes": BYTES, "time": TIME,
        "texts": TEXTS, "ints": INTS, "addresses": ADDRESSES, "map": MAP,
    }  # fmt: skip
    out = {names[short]: text for short, text in types.items()}
    out[LONG_TEXT] = out[TEXT]
    return out


DIALECTS = {
    "duckdb": Dialect(
        _types(
            int="BIGINT", int32="INTEGER", int16="SMALLINT", float="DOUBLE", bool="BOOLEAN", text="VARCHAR", bytes="BLOB",
            time="TIMESTAMPTZ", texts="VARCHAR[]", ints="BIGINT[]", addresses="BLOB[]", map="MAP(VARCHAR, VARCHAR)",
        ),
        "STRUCT({})", "{} {}", '"', "",
    ),
    "spark": Dialect(
        _types(
            int="BIGINT", int32="INT", int16="SMALLINT", float="DOUBLE", bool="BOOLEAN", text="STRING", bytes="BINARY",
            time="TIMESTAMP", texts="ARRAY<STRING>", ints="ARRAY<BIGINT>", addresses="ARRAY<BINARY>", map="MAP<STRING, STRING>",
        ),
        "STRUCT<{}>", "{}: {}", "`", " USING PARQUET",
    ),
    "clickhouse": Dialect(
        _types(
            int="Nullable(Int64)", int32="Nullable(Int32)", int16="Nullable(Int16)", float="Nullable(Float64)",
            bool="Nullable(Bool)", text="Nullable(String)", bytes="Nullable(String)", time="Nullable(DateTime64(6, 'UTC'))",
            texts="Array(String)", ints="Array(Int64)", addresses="Array(String)", map="Map(String, String)",
        ),
        "Tuple({})", "{} {}", "`", " ENGINE = MergeTree ORDER BY tuple()",
    ),
    "trino": Dialect(
        _types(
            int="BIGINT", int32="INTEGER", int16="SMALLINT", float="DOUBLE", bool="BOOLEAN", text="VARCHAR", bytes="VARBINARY",
            time="TIMESTAMP(6) WITH TIME ZONE", texts="ARRAY(VARCHAR)", ints="ARRAY(BIGINT)", addresses="ARRAY(VARBINARY)",
            map="MAP(VARCHAR, VARCHAR)",
        ),
        "ROW({})", "{} {}", '"', " WITH (format = 'PARQUET')",
    ),
}  # fmt: skip


def create_table(columns: Sequence[Leaf], dialect: str, name: str = "events") -> str:
    """The statement for one of DIALECTS."""
    words = DIALECTS[dialect]
    structs: dict[str, list[str]] = {}
    for leaf in columns:
        quoted = f"{words.quote}{leaf.name}{words.quote}"
        structs.setdefault(leaf.struct, []).append(words.pair.format(quoted, words.types[leaf.kind]))
    lines = [f"  {words.quote}{struct}{words.quote} {words.struct.format(', '.join(inner))}" for struct, inner in structs.items()]
    return f"CREATE TABLE {name} (\n" + ",\n".join(lines) + f"\n){words.ending};\n"
