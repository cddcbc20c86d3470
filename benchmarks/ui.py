"""make bench: what the terminal UI costs.

    python benchmarks/ui.py FOLDER

FOLDER is what streams.py made. On a terminal, churn.scap: from the start of the program to the first frame that is painted (to
be 1 s at most) and to the first table, with the CPU (user and system) of the screen's process; from a key to what it paints (95
of 100 within 50 ms). CPU of the engine on busy.scap: the first view, which also writes the temporary copy; a drill-down (to be
0.5 s at most for 2.5 million events), a spectrogram, all fields of one event, the overview, differences. CPU of the screen,
without a terminal, with a table of 2,000 rows: the share that a new table a second takes (to be 3 % at most), a key.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import pty
import select
import struct
import sys
import tempfile
import termios
import threading
import time
from multiprocessing.connection import Pipe

import numpy as np
from timing import ROOT, begin
from timing import table as markdown

from pysysdig.ui.app import Eyes
from pysysdig.ui.engine import Engine
from pysysdig.ui.link import Link
from pysysdig.ui.messages import Compare, Describe, Failed, Find, Glance, Measure, Question, Reading, Show, Shown
from pysysdig.ui.table import Numbers, Table, Texts
from pysysdig.ui.table_screen import About
from pysysdig.ui.trail import Level
from pysysdig.views.frame import Kind
from pysysdig.views.loader import find_view
from pysysdig.views.model import layout

_ROWS, _SIZE, _KEYS, _SECONDS, _STARTS = 2_000, (150, 45), 100, 15, 3
_QUIET, _STILL = 0.03, 3.0  # seconds after which a picture is complete; after which nothing is read any more


def engine(path: str) -> list[tuple[str, str]]:
    """What questions about a capture cost."""
    rows = []
    mine, theirs = Pipe()
    with tempfile.TemporaryDirectory() as folder:
        threading.Thread(target=Engine(theirs, Reading(path, folder=folder)).run, daemon=True).start()
        questions: list[tuple[str, Question]] = [
            ("processes, the first time", Show(0, "procs", "")),
            ("drill-down to threads", Show(0, "threads", "evt.type!=switch and proc.name=bash")),
            ("files", Show(0, "files", "")),
            ("dig", Find(0, "proc.name=bash")),
            ("spectrogram", Measure(0, "")),
            ("all fields of an event", Describe(0, 1_000_000)),
            ("overview", Glance(0, "")),
            ("differences of two halves", Compare(0, "evt.num<=1250000", "evt.num>1250000")),
        ]
        for name, question in questions:
            began = time.process_time()
            mine.send(question)
            while True:
                answer = mine.recv()
                if isinstance(answer, Failed) or type(answer).__name__ == "Described" or getattr(answer, "done", False):
                    break
            rows.append((name, f"{time.process_time() - began:.2f} s of CPU"))
        mine.send(None)
    return rows


def table(generator: np.random.Generator) -> Table:
    """Made-up processes."""
    view = find_view("procs")
    plan = layout(view)
    numbers = Kind("UINT64", "DEC")
    values = [Numbers(generator.integers(0, 1 << 30, _ROWS), np.ones(_ROWS, np.int64)) for _ in plan.shown[:-1]]
    names = Texts([f"/usr/bin/command --number {i}" for i in range(_ROWS)])
    kinds = (*[numbers] * len(values), Kind("CHARBUF", "NA"))
    return Table(view.id, plan.shown, kinds, (*values, names), "proc.pid", list(range(_ROWS)), 10**9, 0, plan.sort)


async def screen() -> list[tuple[str, str]]:
    """What the screen costs."""
    mine, theirs = Pipe()
    app = Eyes(Link(mine, lambda: ""), About("", ()), Level("procs"))
    generator = np.random.default_rng(1)
    tables = [table(generator) for _ in range(4)]
    async with app.run_test(size=_SIZE) as pilot:
        theirs.send(Shown(1, tables[0], None, False))
        await pilot.pause(1)
        began, since = time.process_time(), time.monotonic()
        for second in range(_SECONDS):
            theirs.send(Shown(1, tables[second % len(tables)], None, False))
            await asyncio.sleep(1)
        share = (time.process_time() - began) / (time.monotonic() - since)
        began = time.process_time()
        for _ in range(_KEYS):
            app.tables.grid.action_move(1)
            await asyncio.sleep(0.02)
        key = (time.process_time() - began) / _KEYS * 1000
    return [(f"a new table of {_ROWS} rows a second", f"{share:.1%} of a CPU"), ("a key", f"{key:.1f} ms of CPU")]


class Terminal:
    """The program on one."""

    def __init__(self, path: str) -> None:
        self.began = time.monotonic()
        self.pid, self._file = pty.fork()
        if not self.pid:
            os.chdir(ROOT)
            os.environ["TERM"] = "xterm-256color"
            os.execv(sys.executable, [sys.executable, "-m", "pysysdig", "-r", path, "--ui"])
        fcntl.ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", *reversed(_SIZE), 0, 0))

    def until(self, wanted: bytes) -> str:
        """Wait until something is painted; the time since the start, and CPU."""
        text = b""
        while wanted not in text:
            text += os.read(self._file, 1 << 16)
        with open(f"/proc/{self.pid}/stat", "rb") as file:
            words = file.read().rpartition(b")")[2].split()
        cpu = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
        return f"{time.monotonic() - self.began:.2f} s, {cpu:.2f} s of CPU"

    def settle(self, seconds: float) -> None:
        """Wait until nothing has been painted for so long."""
        while select.select([self._file], [], [], seconds)[0] and os.read(self._file, 1 << 16):
            pass

    def press(self, key: bytes) -> float:
        """Seconds until something is painted."""
        since = time.monotonic()
        os.write(self._file, key)
        select.select([self._file], [], [], 10)
        took = time.monotonic() - since
        self.settle(_QUIET)
        return took

    def end(self) -> None:
        """Leave."""
        os.write(self._file, b"q")
        try:
            self.settle(10)
        except OSError:
            pass  # it has ended
        os.waitpid(self.pid, 0)
        os.close(self._file)


def terminal(path: str) -> list[tuple[str, str]]:
    """What the user waits for."""
    rows = []
    for number in range(_STARTS):
        shown = Terminal(path)
        rows += [
            (f"first frame, {number + 1}", shown.until(b"Viewing:")),
            (f"first table, {number + 1}", shown.until(b"Command")),
        ]
        if number == _STARTS - 1:
            shown.settle(_STILL)
            took = sorted(shown.press(b"\x1b[6~" if key % 10 == 9 else b"\x1b[B") * 1000 for key in range(_KEYS))
            rows.append(
                (
                    "from a key to its picture",
                    f"median {took[_KEYS // 2]:.0f} ms, 95 of 100 within {took[_KEYS * 95 // 100]:.0f} ms",
                )
            )
        shown.end()
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    options = parser.parse_args()
    begin("Terminal UI")
    rows = terminal(os.path.join(options.folder, "churn.scap"))
    rows += engine(os.path.join(options.folder, "busy.scap"))
    print(markdown(["what", ""], [*rows, *asyncio.run(screen())]))


if __name__ == "__main__":
    main()
