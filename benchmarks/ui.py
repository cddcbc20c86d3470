"""make bench: what the terminal UI costs.

    python benchmarks/ui.py FOLDER

FOLDER is what streams.py made. Seconds of CPU (user and system) of the engine on busy.scap: the first view, which also writes the
temporary copy; a drill-down (to be 0.5 s at most for 2.5 million events), a spectrogram, all fields of one event. Of the screen,
without a terminal, with a table of 2,000 rows: the share of a CPU that a new table a second takes (to be 3 % at most),
milliseconds for a key (to be 50 at most).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import threading
import time
from multiprocessing.connection import Pipe

import numpy as np
from timing import begin
from timing import table as markdown

from pysysdig.ui.app import Eyes
from pysysdig.ui.engine import Engine
from pysysdig.ui.link import Link
from pysysdig.ui.messages import Describe, Failed, Find, Measure, Question, Reading, Show, Shown
from pysysdig.ui.table import Numbers, Table, Texts
from pysysdig.ui.table_screen import About
from pysysdig.ui.trail import Level
from pysysdig.views.frame import Kind
from pysysdig.views.loader import find_view
from pysysdig.views.model import layout

_ROWS, _SIZE, _KEYS, _SECONDS = 2_000, (150, 45), 100, 15


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
        ]
        for name, question in questions:
            began = time.process_time()
            mine.send(question)
            while True:
                answer = mine.recv()
                if isinstance(answer, Failed) or type(answer).__name__ == "Described" or getattr(answer, "done", False):
                    break
            rows.append((name, f"{time.process_time() - began:.2f} s"))
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
    return [(f"a new table of {_ROWS} rows a second", f"{share:.1%} of a CPU"), ("a key", f"{key:.1f} ms")]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    options = parser.parse_args()
    begin("Terminal UI")
    rows = engine(os.path.join(options.folder, "busy.scap"))
    print(markdown(["what", ""], [*rows, *asyncio.run(screen())]))


if __name__ == "__main__":
    main()
