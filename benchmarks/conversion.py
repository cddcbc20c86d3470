"""make bench: what converting a .scap to our trace costs (-r X.scap -w X.pscap).

    python benchmarks/conversion.py FOLDER [--rounds N]

FOLDER is what streams.py made. Printed are the lowest CPU seconds (user and system), events a CPU second without the start-up
that every run has (that of a first line), bytes an event in the trace, and MiB.
"""

from __future__ import annotations

import argparse
import os
import tempfile

from streams import STREAMS
from timing import begin, in_turn, ours, table

import pysysdig


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    program, rows = ours()[-1], []
    begin("Conversion")
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "converted.pscap")
        for name in STREAMS:
            path = os.path.join(options.folder, f"{name}.scap")
            if not os.path.exists(path):
                continue
            runs = [(program, ["-r", path, "-w", target]), (program, ["-r", path, "-n", "1"])]
            found, started = in_turn(runs, options.rounds)
            if not found or not started:
                rows.append([name, "fails", "", "", "", ""])
                continue
            uses, starts = min(found), min(started)
            events = pysysdig.open(target).count()
            rate = events / (uses.cpu - starts.cpu) / 1e6
            size = os.path.getsize(target) / events
            rows.append([name, f"{events / 1e6:.2f} M", f"{uses.cpu:.2f} s", f"{rate:.1f} M", f"{size:.2f}", f"{uses.mib:.0f}"])
    print(table(["stream", "events", "CPU", "events/CPU s", "B/event", "MiB"], rows))


if __name__ == "__main__":
    main()
