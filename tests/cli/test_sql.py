"""`pysysdig sql`."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("duckdb", reason="the extra sql is not installed")
pytest.importorskip("pyarrow", reason="the extra arrow is not installed")

Call = Callable[..., subprocess.CompletedProcess[bytes]]


def demo(root: Path) -> str:
    return str(root / "captures" / "demo.scap")


def test_a_query(root: Path, run_cli: Call) -> None:
    done = run_cli("sql", "select count(*) as n from events where evt.type='openat'", demo(root))
    assert done.stdout.split() == [b"n", b"---", b"508"] and done.returncode == 0


def test_several_statements(root: Path, run_cli: Call) -> None:
    done = run_cli("sql", "--csv", "select 1 as a; select 2 as b", demo(root))
    assert done.stdout.split() == [b"a", b"1", b"b", b"2"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("selec", "{}"), "a query comes first"),
        ((), "at least one capture"),
        (("select 1",), "no capture is named"),
        (("select x.y from events", "{}"), "x"),
        (("select 1", "{}", "--filter", "evt.tpe=1"), "did you mean evt.type"),
        (("select 1", "/nosuch.scap"), "/nosuch.scap"),
    ],
)
def test_mistakes(root: Path, run_cli: Call, words: tuple[str, ...], said: str) -> None:
    done = run_cli("sql", *(w.format(demo(root)) for w in words))
    assert done.returncode == 1 and said in done.stderr.decode()
    assert b"Traceback" not in done.stderr
