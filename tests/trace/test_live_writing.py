"""Live -w and live printing of the same workload agree (needs root and BPF)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import Call

FORM = "*%evt.type %evt.dir %proc.name %proc.pid %fd.name %evt.args"


def _attached(pid: int) -> int:
    """How many programs a process has on tracepoints: what it writes while filtering shows nothing until much has happened."""
    found = 0
    for entry in os.scandir(f"/proc/{pid}/fd"):
        with suppress(FileNotFoundError):  # closed meanwhile
            found += "bpf_link" in os.readlink(entry.path)
    return found


def _printed(path: Path, pids: list[int]) -> bool:
    """Whether something of one of these `cat`s stands in a file of lines."""
    text = path.read_bytes()
    return any(f" cat {pid} ".encode() in text for pid in pids)


@pytest.mark.live
def test_written_is_what_is_printed(root: Path, tmp_path: Path, call_cli: Call) -> None:
    text = "proc.name in (cat, dd) and evt.type!=switch"
    targets = [tmp_path / name for name in ("all.pscap", "some.pscap", "all.scap")]
    printed = tmp_path / "printed"
    environment = {**os.environ, "PYTHONPATH": str(root), "TZ": "UTC"}
    runs: list[list[str | Path]] = [["-w", targets[0]], ["-w", targets[1], text], ["-w", targets[2]], ["-p", FORM, text]]
    with printed.open("wb") as out:
        live = [
            subprocess.Popen(
                [sys.executable, "-m", "pysysdig", "--buffer-size", "128", *map(str, r)], cwd=root, env=environment, stdout=out
            )
            for r in runs
        ]
        try:
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline and not (
                all(p.exists() and p.stat().st_size > 20_000 for p in (*targets[::2], printed))
                and _attached(live[1].pid) == _attached(live[3].pid)
            ):
                subprocess.run(["cat", os.devnull], check=True)
                time.sleep(0.1)
            deadline = time.monotonic() + 240  # only a run that shows nothing takes that long
            copy = ["dd", "if=/dev/zero", f"of={tmp_path / 'z'}", "bs=100", "count=200"]
            dd = subprocess.Popen(copy, stderr=subprocess.DEVNULL)
            assert dd.wait() == 0
            later: list[int] = []  # processes: when one of them is printed, all of dd is
            while time.monotonic() < deadline and not _printed(printed, later):
                cat = subprocess.Popen(["cat", os.devnull])
                later.append(cat.pid)
                cat.wait()
                time.sleep(0.1)
            assert _printed(printed, later)
        finally:
            for process in live:
                process.send_signal(signal.SIGINT)
            statuses = [process.wait(90) for process in live]
    assert statuses == [0] * 4
    mark = f" dd {dd.pid} ".encode()
    want = [line for line in printed.read_bytes().splitlines() if mark in line]
    assert len(want) > 800
    for target in targets:
        got = call_cli("-r", target, "-p", FORM, text)
        assert (got.returncode, [line for line in got.stdout.splitlines() if mark in line]) == (0, want), target
