"""The engine's process of --ui."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.connection import Pipe
from pathlib import Path

import pytest

from pysysdig.cli.job import build
from pysysdig.cli.screen_serve import _alerts, serve
from pysysdig.errors import UsageError
from pysysdig.ui.messages import Read, Reading, Show, Shown, Sum, Summed, Told


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """Stay as they are."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("word", [True, False])
def test_a_screen_that_is_gone_before_it_asks(word: bool) -> None:
    mine, theirs = Pipe()
    if word:
        mine.send(None)
    mine.close()
    serve(os.dup(theirs.fileno()))


def test_it_serves_what_the_command_line_is_about(root: Path, tmp_path: Path) -> None:
    """In a process of its own, with the rules of the job."""
    demo, rules = str(root / "captures" / "demo.scap"), tmp_path / "r.yaml"
    rules.write_text("- {rule: Runs, desc: d, condition: evt.type=execve, output: o, priority: ERROR}\n")
    job = build(["-r", demo, "--ui", "--rules", str(rules)])
    mine, theirs = Pipe()
    number = theirs.fileno()
    program = f"from pysysdig.cli.screen_serve import _alerts, serve; serve({number})"
    with subprocess.Popen([sys.executable, "-c", program], pass_fds=[number], cwd=root) as engine:
        theirs.close()
        mine.send((Reading(demo, folder=str(tmp_path)), job, "", False))
        for asked, kind in ((Show(1, "errors", ""), Shown), (Sum(2, "rule"), Summed), (Read(3, "Runs"), Told)):
            mine.send(asked)
            while True:
                assert mine.poll(120)
                answer = mine.recv()
                if isinstance(answer, kind) and getattr(answer, "done", True):
                    break
        mine.send(None)
        assert engine.wait(60) == 0


def test_lines_of_a_file_that_hold_no_alert_are_told_at_its_end(tmp_path: Path) -> None:
    alert = '{"rule": "R", "priority": "Error", "output": "o", "time": "2024-01-01T00:00:00Z", "output_fields": {}}'
    file = tmp_path / "a.json"
    file.write_text(f"Falco starts\n{alert}\n{{}}\n")
    alerts = _alerts(str(file))
    assert next(alerts).rule == "R"
    with pytest.raises(UsageError, match="2 lines hold no alert"):
        next(alerts)
    file.write_text(alert)
    assert len(list(_alerts(str(file)))) == 1
