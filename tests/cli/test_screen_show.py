"""What --ui is asked for. What is said of what is wrong: tests/cli/test_screen.py."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from pysysdig.cli.job import build
from pysysdig.cli.screen_show import checked
from pysysdig.events.text import from_user

# what only those need who read events: not the screen, which is to be there soon
_ENGINE = {"pysysdig.fields.lookup", "pysysdig.filter", "pysysdig.state.inspector", "pysysdig.workbench", "pysysdig.rules.engine"}


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("textual", reason="the extra `ui` is not installed", exc_type=ImportError)
    monkeypatch.setattr("pysysdig.cli.screen_show.os.isatty", lambda number: True)


def test_captures_the_machine_files_of_alerts_and_rules(root: Path, tmp_path: Path) -> None:
    demo, file = str(root / "captures" / "demo.scap"), tmp_path / "é.json"
    file.write_text("")
    told = [
        checked(build(words))[1:5]
        for words in (
            ["-r", demo, "--ui=files"], ["--ui"], ["--ui", "--rules", str(file)], ["--ui=alerts", str(file)],
            ["--ui=rules", str(file)], ["--ui=alerts", "--rules", str(file)],
        )
    ]  # fmt: skip
    assert told == [
        ("files", demo, "", False), ("procs", "", "", True), ("procs", "", "", True), ("alerts", "", str(file), False),
        ("rules", "", "", False), ("alerts", "", "", True),
    ]  # fmt: skip


def test_what_the_engine_is_told(root: Path) -> None:
    demo = str(root / "captures" / "demo.scap")
    words = ["-r", demo, "--ui", "-n", "5", "-E", "-R", "-pc", "--refresh", "7", "proc.name=é"]
    reading = checked(build(words)).reading("/tmp/x")
    assert reading[:4] == (demo, from_user("proc.name=é"), 5, 0)
    assert (reading.names, reading.containers, reading.ports, reading.refresh) == (False, True, True, 7_000_000)
    assert reading.folder == "/tmp/x"


def test_the_screen_imports_nothing_that_only_the_engine_needs(root: Path) -> None:
    program = "import sys, pysysdig.cli.screen_show, pysysdig.ui.app; print([m for m in sys.modules if m.startswith('pysysdig')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=True)
    assert not _ENGINE & set(ast.literal_eval(done.stdout))
