"""--info: what a capture holds, and what is not known of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest


def test_info_of_a_trace_from_a_pipe(root: Path, tmp_path: Path) -> None:
    trace = tmp_path / "a.pscap"
    command = [sys.executable, "-m", "pysysdig"]
    subprocess.run([*command, "-r", root / "captures/demo.scap", "-w", trace], cwd=root, check=True)
    plain = json.loads(subprocess.run([*command, "-j", "--info", trace], cwd=root, check=True, capture_output=True).stdout)
    with trace.open("rb") as f:
        piped = subprocess.run(
            f"cat | {sys.executable} -m pysysdig -j --info -", shell=True, cwd=root, stdin=f, capture_output=True
        )
    facts = json.loads(piped.stdout)
    assert sum(plain["parts"].values()) == trace.stat().st_size
    assert facts == plain | {"file": "-", "size": 0, "bytes_per_event": 0}


def test_info_says_what_is_not_known(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name is to fit into the line
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("PYTHONPATH", str(root))
    demo = root / "captures/demo.scap"
    odd = Path("[red]odd[bold].scap")
    odd.write_bytes(demo.read_bytes())
    command = [sys.executable, "-m", "pysysdig", "--info"]
    text = subprocess.run([*command, odd], check=True, capture_output=True, text=True).stdout
    assert text.splitlines()[0].rstrip() == str(odd)
    assert [re.sub(r"[^\w ]+", " ", line).split() for line in text.splitlines() if "not recorded" in line] == [
        ["host", "not", "recorded"],
        ["lost", "not", "recorded"],
    ]
    piped = subprocess.run([*command, "-"], check=True, capture_output=True, input=demo.read_bytes()).stdout.decode()
    assert piped.startswith("standard input") and "unknown" in piped.splitlines()[3]
