"""The words of the engines."""

from __future__ import annotations

import pytest

from pysysdig.sql.dialects import DIALECTS


def test_literals() -> None:
    spark, duckdb = DIALECTS["spark"], DIALECTS["duckdb"]
    assert duckdb.literal("a'b\\") == "'a''b\\'" and spark.literal("a'b\\") == "'a\\'b\\\\'"
    assert duckdb.literal(True) == "true" and duckdb.literal((1 << 64) - 1) == "-1"
    assert duckdb.literal(b"\x7f\0\0\x01") == "unhex('7f000001')"


@pytest.mark.parametrize(
    ("pattern", "shared"),
    [
        ("a.*b|c+", True),
        ("[a-z0-9]+", True),
        (r"a\.b", True),
        (r"\d", False),
        ("[[:digit:]]", False),
        (r"\pN", False),
        ("(?i)a", True),
    ],
)
def test_patterns_that_java_reads_otherwise(pattern: str, shared: bool) -> None:
    assert DIALECTS["spark"].regex(pattern) is shared
    assert DIALECTS["duckdb"].regex(pattern)
