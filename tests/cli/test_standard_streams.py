"""Standard streams that are missing or full cost only what goes to them; no file is ever opened in their place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import _environment


def _shell(command: str, **names: object) -> subprocess.CompletedProcess[bytes]:
    program = f"{sys.executable} -m pysysdig"
    text = command.format(P=program, **names)
    return subprocess.run(["sh", "-c", text], capture_output=True, env=_environment(None), timeout=120, check=False)


@pytest.fixture(scope="module")
def demo(root: Path) -> Path:
    return root / "captures" / "demo.scap"


@pytest.mark.parametrize(
    ("command", "status", "message"),
    [
        ("-S >&-", 1, b"Bad file descriptor"),
        ("-S >/dev/full", 1, b"No space left"),
        ("-c topprocs_cpu >&-", 1, b"Bad file descriptor"),
        ("-c topprocs_cpu >/dev/full", 1, b"No space left"),
        (">&-", 0, b""),
        ("2>&-", 0, b""),
        ("-v 2>/dev/full", 0, b""),
        ("<&- >&- 2>&-", 0, b""),
    ],
)
@pytest.mark.parametrize("ending", ["pscap", "scap"])
def test_what_is_written_to_a_file_is_complete(
    command: str, status: int, message: bytes, ending: str, demo: Path, tmp_path: Path
) -> None:
    whole, out = tmp_path / f"whole.{ending}", tmp_path / f"out.{ending}"
    _shell("{P} -r {demo} -w {whole}", demo=demo, whole=whole)
    got = _shell("{P} -r {demo} -w {out} " + command, demo=demo, out=out)
    assert (got.returncode, message in got.stderr, got.stderr.count(b"\n")) == (status, True, status)
    assert out.read_bytes() == whole.read_bytes()


def test_events_are_printed_without_standard_error(demo: Path) -> None:
    want = _shell("{P} -r {demo}", demo=demo).stdout
    for command in ("{P} -r {demo} 2>&-", "{P} -r {demo} 2>/dev/full", "{P} -r {demo} <&-"):
        got = _shell(command, demo=demo)
        assert (got.returncode, got.stdout, got.stderr) == (0, want, b"")


@pytest.mark.parametrize("command", ["{P} -r {demo} >&-", "{P} -r - <&-", "{P} -l >&-", "{P} -r {demo} -c topprocs_cpu >&-"])
def test_a_missing_stream_that_is_used_is_told(command: str, demo: Path) -> None:
    got = _shell(command, demo=demo)
    assert (got.returncode, got.stdout, got.stderr.count(b"\n")) == (1, b"", 1)
    assert b"Bad file descriptor" in got.stderr


@pytest.mark.parametrize("form", ["pscap", "scap"])
def test_a_capture_goes_to_standard_output(form: str, demo: Path, tmp_path: Path) -> None:
    out = tmp_path / f"o.{form}"
    _shell("{P} -r {demo} -w {out}", demo=demo, out=out)
    assert _shell(f"{{P}} -r {{demo}} -w - --write-format {form}", demo=demo).stdout == out.read_bytes()
    after = _shell(
        f"echo before > {{out}}; {{P}} -r {{demo}} -w - --write-format {form} >> {{out}}; cat {{out}}", demo=demo, out=out
    )
    assert after.stdout.startswith(b"before\n") and len(after.stdout) > 10_000
    piped = _shell("{P} -r {demo} -w - | {P} -r - -p %evt.num", demo=demo)
    assert piped.stdout == _shell("{P} -r {demo} -p %evt.num", demo=demo).stdout
    for more in ("-S", "-e 5", "-c topprocs_cpu"):
        got = _shell("{P} -r {demo} -w - " + more, demo=demo)
        assert (got.returncode, got.stdout, got.stderr.count(b"\n")) == (1, b"", 1)


@pytest.mark.parametrize(("error", "shown"), [("KeyboardInterrupt", False), ("ValueError", True)])
def test_an_interrupt_while_it_is_imported_is_quiet(root: Path, error: str, shown: bool) -> None:
    command = [sys.executable, "-c", f"import pysysdig.cli; raise {error}"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert ("Traceback" in done.stderr) is shown
