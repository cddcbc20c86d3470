"""Our own trace format: time to convert, size, and times of searches in it next to the .scap file it came from.

    python benchmarks/trace.py CAPTURE.scap [--rounds N] [--rules FILE ...]

Times of searches are CPU seconds (user and system, start-up included), the best of the rounds; the last column is sysdig on the
.scap. Converting takes two threads: its time is wall clock.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

JOBS = (
    ["proc.name=zz"],
    ["-p", "%evt.num %proc.name", "evt.type=openat"],
    ["-p", "%evt.arg.name", "evt.type=openat"],
    ["-p", "%evt.num %fd.name", "fd.name", "contains", "/etc"],
    ["-c", "topprocs_file"],
)


def seconds(command: list[str], rounds: int) -> float:
    """CPU time of a command."""
    best = float("inf")
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode:
            return float("nan")  # it fails: sysdig 0.29 crashes on some captures
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def _wall(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("capture")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rules", action="append", default=[], help="a Falco rules file; measured without sysdig")
    args = parser.parse_args()
    ours = [sys.executable, "-m", "pysysdig"]
    with tempfile.TemporaryDirectory() as folder:
        trace = os.path.join(folder, "a.pscap")
        took = min(_wall([*ours, "-r", args.capture, "-w", trace]) for _ in range(args.rounds))
        events = int(subprocess.run([*ours, "-r", trace, "-p", "%evt.num"], capture_output=True, check=True).stdout.split()[-1])
        size = os.stat(trace).st_size
        print(f"{events:,} events: converted in {took:.2f} s, {events / took:,.0f} events/s; {size / events:.2f} bytes an event")
        print(f"{'':36}{'pscap':>8}{'scap':>8}{'sysdig':>8}")
        rules = [option for path in args.rules for option in ("--rules", path)]
        for job in (*JOBS, rules) if rules else JOBS:
            times = [seconds([*ours, "-r", path, *job], args.rounds) for path in (trace, args.capture)]
            if shutil.which("sysdig") and job is not rules:
                times.append(seconds(["sysdig", "-r", args.capture, *job], args.rounds))
            print(f"{' '.join(job)[-34:]:36}" + "".join(f"{t:8.2f}" for t in times))


if __name__ == "__main__":
    main()
