"""A run of the program while containers start, with engines at sockets of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = """
import json, sys
from pysysdig.capture import live
from pysysdig.capture.engines import roster
from pysysdig.cli.main import main
sockets = json.loads(sys.argv[1])
roster.ENGINES = tuple(row._replace(sockets=(sockets[row.name],)) for row in roster.ENGINES if row.name in sockets)
batches = live.LiveCapture.batches
def told(*args):
    open(sys.argv[2], "w").close()
    return batches(*args)
live.LiveCapture.batches = told
sys.exit(main(sys.argv[3:]))
"""
ROOT = Path(__file__).parents[2]


class Watch:
    """It has begun to capture when this is made, and goes on until `end`.

    sockets: of engines by name; no others are looked for
    """

    def __init__(self, sockets: dict[str, str], root: Path, *words: str) -> None:
        (root / "watch.py").write_text(PROGRAM)
        ready = root / "ready"
        ready.unlink(missing_ok=True)
        command = [sys.executable, str(root / "watch.py"), json.dumps(sockets), str(ready), "-M", "600", *words]
        where = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._child = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=where)
        until = time.monotonic() + 120
        while not ready.exists() and self._child.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(1)

    def end(self) -> str:
        """What it has printed."""
        time.sleep(3)
        self._child.send_signal(signal.SIGINT)
        output, errors = self._child.communicate(timeout=240)
        assert self._child.returncode == 0, errors
        return output


def shown(path: Path, form: str, *words: str, program: tuple[str, ...] = (sys.executable, "-m", "pysysdig")) -> list[str]:
    """The lines that a file makes."""
    done = subprocess.run([*program, "-r", path, "-p", form, *words], check=True, cwd=ROOT, capture_output=True, text=True)
    return [line.rstrip("\n") for line in done.stdout.splitlines()]
