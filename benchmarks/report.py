"""make bench: what a report costs.

    python benchmarks/report.py FOLDER [--rounds N] [--rules FILE ...]

FOLDER is what streams.py made. Printed are medians of CPU seconds (user and system) of a report with the rules (in brackets the
ratio to a run with the rules alone, which is to be 1.3), of one without, and of the rules alone; memory; the size of the page
(to be 1 MB at most); and, where chromium and the package playwright are, after how many ms of wall clock the page has drawn its
first screen, and all of it (to be 300; the fastest of five).
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile

from timing import RULES, begin, cpu, in_turn, ours, ratio, table

STREAMS = ("churn", "web", "busy")
_TIMES = 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rules", action="append", help="a Falco rules file")
    options = parser.parse_args()
    rules = [os.path.abspath(path) for path in options.rules or RULES]
    given = [word for rule in rules for word in ("--rules", rule)]
    begin("Reports")
    program, rows = ours()[-1], []
    with tempfile.TemporaryDirectory() as folder:
        page = os.path.join(folder, "report.html")
        for name in (f"{stream}.{ending}" for stream in STREAMS for ending in ("scap", "pscap")):
            path = os.path.join(options.folder, name)
            if not os.path.exists(path):
                continue
            words = given, ["--report", page], [*given, "--report", page]
            alone, without, both = in_turn([(program, ["-r", path, *more]) for more in words], options.rounds)
            if alone and without and both:
                memory = statistics.median(use.mib for use in both)
                told = f"{cpu(both):.2f} ({ratio(both, alone):.2f})", f"{cpu(without):.2f}", f"{cpu(alone):.2f}", f"{memory:.0f}"
                rows.append([name, *told, f"{os.path.getsize(page) / 1000:.0f}", _drawn(page)])
    print(table(["capture", "report with rules", "report", "rules alone", "MiB", "page, KB", "drawn, ms"], rows))


def _drawn(page: str) -> str:
    """After how many ms the first screen is there, and all of the page."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return "-"
    if not chromium:
        return "-"
    took = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        for _ in range(_TIMES):
            view = browser.new_page(viewport={"width": 1280, "height": 900})
            view.goto(f"file://{page}")
            view.wait_for_selector("body[data-ready]", timeout=60_000)
            took.append([int(view.get_attribute("body", f"data-{what}") or 0) for what in ("drawn", "ready")])
            view.close()
        browser.close()
    return " and ".join(str(min(times)) for times in zip(*took))


if __name__ == "__main__":
    main()
