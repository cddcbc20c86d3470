"""The picture of the terminal UI for docs/: `python tools/ui_screenshot.py CAPTURE OUT.svg [VIEW] [COLUMNS] [LINES]`."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Pipe

from pysysdig.ui.app import Eyes
from pysysdig.ui.engine import Engine
from pysysdig.ui.link import Link
from pysysdig.ui.messages import Reading
from pysysdig.ui.table_screen import About
from pysysdig.ui.trail import Level

_PATIENCE = 60  # seconds


async def picture(capture: str, view: str, size: tuple[int, int]) -> str:
    """The screen as SVG, once the table is complete."""
    mine, theirs = Pipe()
    with tempfile.TemporaryDirectory() as folder:
        threading.Thread(target=Engine(theirs, Reading(capture, folder=folder)).run, daemon=True).start()
        link = Link(mine, lambda: "")
        app = Eyes(link, About(capture, ("-r", capture)), Level(view))
        async with app.run_test(size=size) as pilot:
            end = time.monotonic() + _PATIENCE
            while app.tables.grid.table is None or "read)" in str(app.tables.query_one("#source").render()):
                if time.monotonic() > end:
                    raise SystemExit("no table has come")
                await pilot.pause(0.1)
            svg = app.export_screenshot(simplify=True)
        link.close()
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # fonts of other hosts


def main(capture: str, out: str, view: str = "procs", columns: str = "110", lines: str = "20") -> int:
    """Write it."""
    svg = asyncio.run(picture(capture, view, (int(columns), int(lines))))
    with open(out, "w", encoding="utf-8") as file:
        file.write(svg)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
