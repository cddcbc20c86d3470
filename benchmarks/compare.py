"""make bench: sysdig and pysysdig on the same capture, in turn, and the ratio of their times.

    python benchmarks/compare.py [--capture FILE] [--rounds N] [--sysdig PATH]

Without a capture it takes ../shared/captures/busy.scap.gz (unpacked to a temporary file) or, without that, a
synthetic one: the events of the demo capture many times over. Start-up counts. Where sysdig is not installed only our
own times are printed.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from pysysdig.resources import directory
from pysysdig.scap.blocks import EVENTS

JOBS = (
    ("proc.name=zz", ["proc.name=zz"]),
    ("-p of every openat", ["-p", "%evt.num %proc.name", "evt.type=openat"]),
    ("print everything", []),
)
SYNTHETIC = 160_000_000  # bytes
HERE = os.path.dirname(os.path.abspath(__file__))


def unpacked(source: str, target: str) -> str:
    """Write the plain content of a gzip file to `target`."""
    with gzip.open(source, "rb") as packed, open(target, "wb") as plain:
        shutil.copyfileobj(packed, plain, 1 << 20)
    return target


def synthesised(source: str, target: str) -> str:
    """A capture of the same machine state with the events of `source` repeated to about SYNTHETIC bytes."""
    with open(source, "rb") as f:
        data = f.read()
    at = 0
    while at + 12 <= len(data) and int.from_bytes(data[at : at + 4], "little") not in EVENTS:
        at += int.from_bytes(data[at + 4 : at + 8], "little")
    events = data[at:]
    with open(target, "wb") as f:
        f.write(data[:at])
        for _ in range(max(1, SYNTHETIC // max(len(events), 1))):
            f.write(events)
    return target


def seconds(command: list[str]) -> float | None:
    """Wall time of a command whose output goes to a pipe that is read; None if it fails."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        while process.stdout.read1(1 << 20):  # type: ignore[attr-defined]
            pass
    took = time.perf_counter() - start
    return None if process.returncode else took


def first_line(command: list[str]) -> float | None:
    """Seconds until the first line of output; None if there is none."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        took = time.perf_counter() - start
        process.kill()
    return took if line else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--capture")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sysdig", default=shutil.which("sysdig"))
    options = parser.parse_args()
    ours = [sys.executable, "-m", "pysysdig"]
    demo = os.path.join(directory("captures"), "demo.scap")
    with tempfile.TemporaryDirectory() as folder:
        busy = os.path.join(HERE, "..", "..", "shared", "captures", "busy.scap.gz")
        target = os.path.join(folder, "bench.scap")
        capture = options.capture or (unpacked(busy, target) if os.path.exists(busy) else synthesised(demo, target))
        print(f"capture: {os.path.getsize(capture) / 1e6:.0f} MB, best of {options.rounds} rounds")
        print(f"{'':24}{'sysdig':>10}{'pysysdig':>10}{'ratio':>8}")
        small = options.capture or demo
        rows = [(name, seconds, ["-r", capture, *arguments]) for name, arguments in JOBS]
        rows.append(("first line", first_line, ["-r", small]))
        for name, measure, arguments in rows:
            mine: list[float | None] = []
            theirs: list[float | None] = []
            for _ in range(options.rounds):
                if options.sysdig:
                    theirs.append(measure([options.sysdig, *arguments]))
                mine.append(measure([*ours, *arguments]))
            print(f"{name:24}{_row(mine, theirs)}", flush=True)


def _row(mine: list[float | None], theirs: list[float | None]) -> str:
    """Best times and their ratio; sysdig 0.29 crashes on some captures."""
    own, other = [t for t in mine if t is not None], [t for t in theirs if t is not None]
    reference = f"{min(other):9.3f}s" if other else f"{'fails' if theirs else '-':>10}"
    if not own:
        return f"{reference}{'fails':>10}"
    ratio = f"{min(own) / min(other):8.2f}" if other else f"{'-':>8}"
    return f"{reference}{min(own):9.3f}s{ratio}   (median {statistics.median(own):.3f}s)"


if __name__ == "__main__":
    main()
