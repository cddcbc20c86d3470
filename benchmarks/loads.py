"""How live rules bear load: delay of alerts, CPU and memory while the machine is idle and while it is busy.

    sudo python benchmarks/loads.py [--seconds N] [--rules FILE ...] [LOAD ...]

LOAD: idle, churn, web, build (streams.py). `pysysdig --rules` runs with a rule of its own (and the files of --rules) while the
load goes on, and files are opened at irregular intervals. Printed are, without the native extension and with it: what the load
did, the consumer's CPU in percent of a core, its resident memory at the end, how long it took from a call to its alert
(median, 95 %, longest), and how it ended. The machine is shared with the load: two CPUs are needed. Where live capture cannot
work it says so and that is all.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from typing import IO

from streams import lacking, load
from timing import RULES, Program, begin, ours, table

from pysysdig.capture.doctor import check_requirements

LOADS = ("idle", "churn", "web", "build")
_RULE = """
- rule: Alert latency
  desc: the files that this benchmark opens
  condition: evt.type in (open, openat) and fd.name startswith {directory}/
  output: "opened %fd.name"
  priority: INFO
"""
_PAUSE = 0.02, 0.12  # seconds between two files
_PATIENCE = 60  # seconds for alerts that are late


class _Consumer:
    """pysysdig at work. `arrived`: when (perf_counter) the alert of each file came."""

    def __init__(self, program: Program, rules: list[str], directory: str) -> None:
        command = [*program.command, "--unbuffered", *(o for path in rules for o in ("--rules", path))]
        self.arrived: dict[str, float] = {}
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | program.environment
        )
        self.complaints: list[str] = []
        assert self._process.stdout is not None and self._process.stderr is not None
        self._listeners = [
            threading.Thread(target=self._listen, args=(self._process.stdout,)),
            threading.Thread(target=lambda pipe: self.complaints.extend(pipe), args=(self._process.stderr,)),
        ]
        for listener in self._listeners:
            listener.start()
        until = time.monotonic() + 30
        while "first" not in self.arrived and time.monotonic() < until and self._process.poll() is None:
            touch(directory, "first")
            time.sleep(0.05)

    def _listen(self, pipe: IO[str]) -> None:
        for line in pipe:
            found = re.search(r"opened .*/(\w+)$", line.strip())
            if found:
                self.arrived.setdefault(found[1], time.perf_counter())

    def used(self) -> tuple[float, float]:
        """(CPU seconds until now, resident MiB)."""
        with open(f"/proc/{self._process.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
        with open(f"/proc/{self._process.pid}/status", encoding="utf-8") as file:
            resident = re.search(r"VmRSS:\s+(\d+)", file.read())
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), int(resident[1]) / 1024 if resident else 0.0

    def end(self) -> str:
        """End it as Ctrl-C does; returns how that went."""
        began = time.monotonic()
        self._process.send_signal(signal.SIGINT)
        try:
            status = f"status {self._process.wait(_PATIENCE)}"
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = f"killed, status {self._process.wait()}"
        for listener in self._listeners:
            listener.join()
        return f"{status} in {time.monotonic() - began:.1f} s"


def touch(directory: str, name: str) -> None:
    """Open a file that the rule is about."""
    os.close(os.open(os.path.join(directory, name), os.O_CREAT | os.O_WRONLY, 0o600))


def _forks() -> int:
    with open("/proc/stat", encoding="utf-8") as file:
        return int(next(line for line in file if line.startswith("processes")).split()[1])


def _lines(path: str) -> int:
    with open(path, "rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def _run(name: str, program: Program, rules: list[str], seconds: float) -> list[str]:
    """The cells of one row."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        directory = os.path.realpath(folder)
        own = os.path.join(directory, "rules.yaml")
        with open(own, "w", encoding="utf-8") as file:
            file.write(_RULE.format(directory=directory))
        consumer = _Consumer(program, [own, *rules], directory)
        log = os.path.join(stack.enter_context(load(name)), "log") if name != "idle" else ""
        time.sleep(1)
        began, (cpu, _), forks = time.perf_counter(), consumer.used(), _forks()
        requests = _lines(log) if name == "web" else 0
        opened: dict[str, float] = {}
        while time.perf_counter() < began + seconds:
            time.sleep(random.uniform(*_PAUSE))
            opened[str(len(opened))] = time.perf_counter()
            touch(directory, str(len(opened) - 1))
        passed = time.perf_counter() - began
        count, what = (_lines(log) - requests, "requests/s") if name == "web" else (_forks() - forks, "forks/s")
        done = f"{count / passed:.0f} {what}"
        after, resident = consumer.used()
        stack.close()
        until = time.monotonic() + _PATIENCE
        while len(opened.keys() - consumer.arrived.keys()) and time.monotonic() < until:
            time.sleep(0.1)
        ended = consumer.end()
        delays = sorted(1000 * (consumer.arrived[i] - at) for i, at in opened.items() if i in consumer.arrived)
        late = "none came"
        if delays:
            late = f"{delays[len(delays) // 2]:.0f}, {delays[len(delays) * 95 // 100]:.0f}, {delays[-1]:.0f} ms"
        lost = [line.strip() for line in consumer.complaints if "lost" in line or "behind" in line]
        if len(delays) < len(opened):
            late += f" ({len(opened) - len(delays)} of {len(opened)} missing)"
        cells = [f"{name}, {program.name}", done, f"{100 * (after - cpu) / passed:.0f} %", f"{resident:.0f} MiB", late]
        return [*cells, ended + (f"; {lost[-1]}" if lost else "")]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("loads", nargs="*", metavar="LOAD", help=", ".join(LOADS))
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rules", action="append", help="a Falco rules file")
    options = parser.parse_intermixed_args()
    missing = [f"{c.name}: {c.detail}" for c in check_requirements() if not c.ok]
    if missing:
        print(f"no live capture here: {missing[0]}")
        return
    begin("Rules live")
    rows = []
    for name in options.loads or LOADS:
        if name != "idle" and lacking(name):
            print(f"{name}: left out: not installed: {lacking(name)}", file=sys.stderr)
            continue
        for program in ours():
            rows.append(_run(name, program, [os.path.abspath(path) for path in options.rules or RULES], options.seconds))
            print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    print(table(["load, program", "meanwhile", "CPU", "memory", "delay: median, 95 %, longest", "end"], rows))


if __name__ == "__main__":
    main()
