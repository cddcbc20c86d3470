"""CREATE TABLE for other engines."""

from __future__ import annotations

import pytest

from pysysdig.export.ddl import DIALECTS, create_table
from pysysdig.export.schema import columns, leaves


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_column_is_there(dialect: str) -> None:
    text = create_table(list(leaves().values()), dialect)
    quote = DIALECTS[dialect].quote
    for leaf in leaves().values():
        assert f"{quote}{leaf.name}{quote}" in text
    assert text.count("(") == text.count(")")


def test_duckdb_takes_it_and_its_columns_are_those_of_a_file(tmp_path: object) -> None:
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    from pysysdig.export.arrow import schema_of

    connection = duckdb.connect()
    connection.execute(create_table(list(leaves().values()), "duckdb"))
    connection.register("made", schema_of(list(leaves().values()), nested=True, dense=True).empty_table())
    declared = connection.execute("describe events").fetchall()
    written = connection.execute("describe made").fetchall()
    assert [(name, kind.replace('"', "")) for name, kind, *_ in declared] == [
        (name, kind.replace('"', "")) for name, kind, *_ in written
    ]


def test_spark_struct() -> None:
    assert create_table(columns(["proc.name", "proc.pid"]), "spark") == (
        "CREATE TABLE events (\n  `proc` STRUCT<`name`: STRING, `pid`: BIGINT>\n) USING PARQUET;\n"
    )
