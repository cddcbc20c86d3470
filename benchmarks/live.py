"""What live capture costs: `dd bs=1` and a mixed workload, untraced, with everything on, with a narrow filter; and how long it
takes until something is seen (make bench).

    sudo python benchmarks/live.py [--count N] [--rounds N]

The workload runs in child processes; the consumer is this process, which decodes every event. Prints the cost per system
call over the untraced run (CPU time of the workload, best of the rounds: other work on the machine counts little), events seen
and lost, and the consumer's CPU time. Two cores are needed: with one, the consumer and the workload share it.

Then the command line: wall clock and CPU time from its start to the first line, the first time (what was compiled is forgotten)
and later; and the time from a system call to its line, and to the alert of a rule, of one hundred. Best of the rounds, medians.

Where live capture cannot work (no root, no BPF) it says so and that is all.
"""

from __future__ import annotations

import argparse
import glob
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from timing import ROOT, begin, table

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pysysdig.capture.doctor import check_requirements
from pysysdig.capture.live import LiveCapture

_MIXED = """
import os, socket, tempfile
d = tempfile.mkdtemp(); os.chdir(d)
a, b = socket.socketpair()
for i in range({count}):
    f = os.open("f%d" % (i % 10), os.O_CREAT | os.O_RDWR); os.write(f, b"x" * 100)
    os.lseek(f, 0, 0); os.read(f, 100); os.close(f); os.stat("f0"); a.send(b"ping"); b.recv(9)
for n in os.listdir("."): os.unlink(n)
"""


class Result(NamedTuple):
    """One run: CPU and wall clock seconds of the workload, events delivered and lost, CPU seconds of the consumer."""

    work: float
    seconds: float
    events: int
    lost: int
    cpu: float


def _time(command: list[str]) -> tuple[float, float]:
    """CPU and wall clock seconds of a command."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.perf_counter() - began


def _traced(command: list[str], wanted: set[str] | None) -> Result:
    with LiveCapture(wanted=wanted) as capture:
        times: list[tuple[float, float]] = []

        def work() -> None:
            time.sleep(0.1)
            times.append(_time(command))
            capture.stop()

        thread = threading.Thread(target=work)
        before = time.process_time()
        thread.start()
        events = sum(len(batch) for batch in capture.batches())
        cpu = time.process_time() - before
        thread.join()
        return Result(*times[0], events, capture.drops, cpu)


def _best(run: Callable[[], Result], rounds: int) -> Result:
    return min((run() for _ in range(rounds)), key=lambda r: r.work)


def _compare(name: str, command: list[str], calls: int, rounds: int) -> list[tuple[str, ...]]:
    """The rows of a workload: name and run, ns a call, events, lost ones, CPU seconds of the consumer."""
    base = min(_time(command)[0] for _ in range(rounds))
    rows: list[tuple[str, ...]] = [(f"{name}, untraced", f"{base / calls * 1e9:.0f}", "", "", "")]
    for label, wanted in (("everything", None), ("narrow (openat)", {"openat"})):
        result = _best(lambda wanted=wanted: _traced(command, wanted), rounds)  # type: ignore[misc]
        added = (result.work - base) / calls * 1e9
        consumer = f"{result.cpu:.2f} of {result.seconds:.2f} s"
        rows.append((f"{name}, {label}", f"{added:+.0f}", str(result.events), str(result.lost), consumer))
    return rows


class Watcher:
    """pysysdig at work; `seen` is when (perf_counter) the line about each mark came."""

    def __init__(self, directory: str, rules: str = "") -> None:
        self.mark = os.path.join(directory, "mark")
        self.seen: dict[int, float] = {}
        arguments = ["-p%evt.arg.path", f"evt.type in (stat, newfstatat) and evt.dir=< and evt.arg.path startswith {self.mark}"]
        self.began = time.perf_counter()
        self._before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "pysysdig", *(["--rules", rules] if rules else arguments)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        while not self.seen:  # until it is there
            os.path.exists(self.mark + "0")
            time.sleep(0.005)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            found = re.search(r"/mark(\d+)", line)
            if found:
                self.seen.setdefault(int(found[1]), time.perf_counter())

    def end(self) -> float:
        """Returns the CPU seconds it took, with those of the process that compiled."""
        self._process.terminate()
        self._process.wait()
        self._reader.join()
        after, before = resource.getrusage(resource.RUSAGE_CHILDREN), self._before
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _start(directory: str, rounds: int) -> list[tuple[str, str]]:
    """How long it takes to the first line."""
    rows = []
    for name, first in (("first time", True), ("later", False)):
        best, cpu = 99.0, 99.0
        for _ in range(rounds):
            for path in glob.glob("/var/cache/pysysdig/probe-*") if first else []:
                os.unlink(path)
            watcher = Watcher(directory)
            best = min(best, watcher.seen[0] - watcher.began)
            cpu = min(cpu, watcher.end())
        rows.append((f"start to first line, {name}", f"{best:.2f} s, {cpu:.2f} s of CPU"))
    return rows


def _latency(directory: str) -> list[tuple[str, str]]:
    """How long it takes from a call to what is said of it."""
    rows = []
    rules = os.path.join(directory, "rules.yaml")
    with open(rules, "w") as f:
        f.write(
            "- rule: mark\n  desc: x\n  priority: INFO\n  output: made %evt.arg.path\n"
            f"  condition: evt.type in (stat, newfstatat) and evt.arg.path startswith {directory}/mark\n"
        )
    for name, file in (("line", ""), ("alert", rules)):
        watcher = Watcher(directory, file)
        times = {}
        for i in range(1, 101):
            times[i] = time.perf_counter()
            os.path.exists(f"{watcher.mark}{i}")
            time.sleep(0.03 + i % 7 / 1000)
        time.sleep(0.5)
        watcher.end()
        late = sorted(watcher.seen[i] - times[i] for i in times if i in watcher.seen)
        median, most = statistics.median(late) * 1e3, late[len(late) * 9 // 10] * 1e3
        seen = f"{median:.0f} ms, 90 % within {most:.0f} ms, {len(late)} of {len(times)} seen"
        rows.append((f"system call to {name}", seen))
    return rows


def main() -> None:
    """Run it all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--count", type=int, default=500_000, help="reads of dd; the mixed workload does a fortieth of it (%(default)s)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, of which the best counts (%(default)s)")
    arguments = parser.parse_args()
    for check in check_requirements():
        if not check.ok:
            print(f"live capture is not measured: {check.name}: {check.detail}")
            return
    dd = ["dd", "if=/dev/zero", "of=/dev/null", "bs=1", f"count={arguments.count}"]
    begin("Live, call by call")
    rows = _compare("dd bs=1", dd, 2 * arguments.count, arguments.rounds)
    count = arguments.count // 40
    with tempfile.TemporaryDirectory() as directory:
        script = os.path.join(directory, "mixed.py")
        with open(script, "w") as f:
            f.write(_MIXED.format(count=count))
        rows += _compare("mixed", [sys.executable, "-S", "-E", script], 8 * count, arguments.rounds)
        print(table(["workload", "ns a call", "events", "lost", "CPU of the consumer"], rows))
        begin("Live, start and delay")
        print(table(["what", ""], [*_start(directory, arguments.rounds), *_latency(directory)]))


if __name__ == "__main__":
    main()
