"""Pictures of the terminal UI for docs/: `python tools/ui_screenshot.py CAPTURE OUT.svg [--view VIEW] [--rules FILE]
[--size COLUMNS LINES] [--against FILTER] [--filter FILTER]`. VIEW: also `alerts`, `rules`, `overview`, `diff`."""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Pipe

from pysysdig.cli.rule_loading import rule_set
from pysysdig.rules.config import RuleConfig
from pysysdig.ui.app import Eyes
from pysysdig.ui.book import Book
from pysysdig.ui.engine import Engine
from pysysdig.ui.grid import Grid
from pysysdig.ui.link import Link
from pysysdig.ui.messages import Reading
from pysysdig.ui.table_screen import About
from pysysdig.ui.trail import Level

_PATIENCE = 60  # seconds
_UNFINISHED = re.compile(r"\breading \.\.\.|% read\b|no alerts yet")


def _text(app: Eyes) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def picture(capture: str, view: str, size: tuple[int, int], rules: str, filter_: str, against: str) -> str:
    """The screen as SVG, once the table is complete. rules: their file, filters: ASCII, all "" = none."""
    mine, theirs = Pipe()
    words = ("-r", capture, *(["--rules", rules] if rules else []))

    def book() -> Book:
        config = RuleConfig()
        return Book(rule_set([rules], config), config, (), capture)

    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(theirs, Reading(capture, filter_, folder=folder), book=book if rules else None)
        threading.Thread(target=engine.run, daemon=True).start()
        link = Link(mine, lambda: "")
        about = About(capture, words, filter_, alerts=bool(rules), rules=bool(rules), beside=against)
        app = Eyes(link, about, Level(view))
        async with app.run_test(size=size) as pilot:
            end = time.monotonic() + _PATIENCE
            while app.screen.query_one(Grid).table is None or _UNFINISHED.search(_text(app)):
                if time.monotonic() > end:
                    raise SystemExit("no table has come")
                await pilot.pause(0.1)
            svg = app.export_screenshot(simplify=True)
        link.close()
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # fonts of other hosts


def main() -> int:
    """Write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("capture")
    parser.add_argument("out")
    parser.add_argument("--view", default="procs")
    parser.add_argument("--rules", default="")
    parser.add_argument("--filter", default="")
    parser.add_argument("--against", default="")
    parser.add_argument("--size", nargs=2, type=int, default=(110, 20))
    asked = parser.parse_args()
    svg = asyncio.run(picture(asked.capture, asked.view, tuple(asked.size), asked.rules, asked.filter, asked.against))
    with open(asked.out, "w", encoding="utf-8") as file:
        file.write(svg)
    return 0


if __name__ == "__main__":
    sys.exit(main())
