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
        (("", "{}"), "the query is empty"),
        ((" ; ", "{}"), "the query is empty"),
        (("select x.y from events", "{}"), "x"),
        (("select 1", "{}", "--filter", "evt.tpe=1"), "did you mean evt.type"),
        (("select 1", "/nosuch.scap"), "/nosuch.scap"),
    ],
)
def test_mistakes(root: Path, run_cli: Call, words: tuple[str, ...], said: str) -> None:
    done = run_cli("sql", *(w.format(demo(root)) for w in words))
    assert done.returncode == 1 and said in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_names_of_captures_are_no_commands_to_the_terminal(root: Path, tmp_path: Path, run_cli: Call) -> None:
    cut = tmp_path / "cut\x1b[31m.scap"
    cut.write_bytes(Path(demo(root)).read_bytes()[:150_000])
    asked = run_cli("sql", str(cut), input=b"select count(*) from events;")
    for done in (run_cli("sql", "select count(*) from events", str(cut)), asked):
        assert b"cut\\x1b[31m.scap: " in done.stderr and b"\x1b" not in done.stderr


def test_what_is_read_is_not_written(root: Path, tmp_path: Path, run_cli: Call) -> None:
    written = tmp_path / "below" / "x.parquet"
    written.parent.mkdir()
    run_cli("-r", demo(root), "--export", str(written))
    before = written.read_bytes()
    (tmp_path / "link.parquet").symlink_to(written)
    for read in (written, tmp_path):
        for name in (written, tmp_path / "link.parquet"):
            done = run_cli("sql", "select 1 from events", str(read), "-o", str(name))
            assert done.returncode == 1 and b"it is read" in done.stderr
    rules = tmp_path / "rules.csv"
    rules.write_text("- rule: opens\n  desc: x\n  condition: evt.type=openat\n  output: x\n  priority: INFO\n")
    done = run_cli("sql", "select rule from alerts", demo(root), "--rules", str(rules), "-o", str(rules))
    assert done.returncode == 1 and b"it is read" in done.stderr
    assert written.read_bytes() == before and rules.read_text().startswith("- rule")


def test_files_by_an_option(root: Path, run_cli: Call) -> None:
    """As sysdig's captures are named."""
    text = "select count(*) from events"
    for words in ((text, "-r", demo(root)), ("-r", demo(root), text)):
        assert run_cli("sql", "--csv", *words).stdout == run_cli("sql", "--csv", text, demo(root)).stdout != b""
