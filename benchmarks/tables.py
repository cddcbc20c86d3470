"""make bench: tables of events: files, queries, rows.

    python benchmarks/tables.py FOLDER [--rounds N]

FOLDER is what streams.py made. Printed are medians of CPU seconds (start-up and imports included), events a CPU second, bytes an
event and the largest resident memory; each run is a process of its own. Needs the extra sql.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from streams import STREAMS
from timing import ROOT, Program, begin, cpu, in_turn, table

import pysysdig

NARROW = '"evt.num", "evt.rawtime", "evt.type", "proc.name", "fd.name", "evt.rawres"'
COUNT = "select proc.name, count(*) from events group by all"
JOBS = {
    "count": "trace.count()",
    "six columns, Parquet": f"trace.select({NARROW}).write(out + '/six.parquet')",
    "wide, Parquet": "trace.wide().write(out + '/wide.parquet')",
    "rows of three columns": "sum(1 for _ in trace.select('proc.name', 'fd.name', 'evt.rawres').rows())",
    "group by, SQL on the trace": f"trace.sql({COUNT!r}).fetchall()",
    "group by, SQL on Parquet": f"Query(Feed((out + '/wide.parquet',))).run({COUNT!r}).fetchall()",
}
_HEAD = """
import sys
import pysysdig
from pysysdig.export.feed import Feed
from pysysdig.sql.query import Query
path, out = sys.argv[1:3]
trace = pysysdig.open(path)
"""


def _program(job: str) -> Program:
    return Program(job, (sys.executable, "-P", "-c", _HEAD + JOBS[job]), {"PYTHONPATH": ROOT})


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    begin("Tables of events")
    rows = []
    for stream in STREAMS:
        trace = given.folder / f"{stream}.pscap"
        if not trace.exists():
            continue
        events = pysysdig.open(trace).count()
        with tempfile.TemporaryDirectory() as out:
            for job in JOBS:
                (uses,) = in_turn([(_program(job), [str(trace), out])], given.rounds)
                if not uses:
                    continue
                path = Path(out, "wide.parquet" if job.startswith("wide") else "six.parquet")
                size = f"{path.stat().st_size / events:.2f}" if job.endswith(", Parquet") else ""
                row = [f"{cpu(uses):.2f}", f"{events / cpu(uses) / 1e6:.2f} M", size, f"{max(use.mib for use in uses):.0f}"]
                rows.append([f"{stream}, {job}", *row])
    print(table(["job", "CPU s", "events/CPU s", "B/event", "MiB"], rows))


if __name__ == "__main__":
    main()
