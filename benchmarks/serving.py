"""The service on the running machine, for long: delay of alerts, what it uses, and whether its memory grows.

    sudo python benchmarks/serving.py [--seconds N] [--share PART] [--rules FILE ...] [--command WORDS]

`pysysdig service` runs with a rule of its own (and the files of --rules), a file for its alerts and its metrics, while processes
start without end, a web server takes connections, `dd` reads and writes byte by byte and, where there are podman and a static
busybox, containers start; all that for PART of each tenth of a second, so that the machine is busy without being full (1: it is).
Files are opened at irregular intervals. Printed are, for each tenth of the time, events a second, lost ones, CPU in percent of a
core, threads that there are and resident memory; then how long it took from a call to its alert in the file (median, 99 %,
longest). --command: another program that takes Falco's options, to compare. Where live capture cannot work it says so.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from loads import touch
from streams import lacking, load
from timing import ROOT, RULES, begin, table

from pysysdig.capture.doctor import check_requirements
from tests.service.peers import free_port

_RULE = """
- rule: Alert latency
  desc: the files that this benchmark opens
  condition: evt.type in (open, openat) and fd.name startswith {directory}/
  output: "opened %fd.name"
  priority: INFO
"""
_CONFIG = """
rules_files: [{rules}]
log_syslog: false
file_output: {{enabled: true, keep_alive: true, filename: {directory}-alerts}}
webserver: {{enabled: true, listen_address: 127.0.0.1, listen_port: {port}, prometheus_metrics_enabled: true}}
metrics: {{enabled: true, interval: 1h, output_rule: true}}
engine: {{kind: modern_ebpf}}
pysysdig: {{spool: {{path: {directory}-spool}}}}
"""
_PAUSE = 0.02, 0.12  # seconds between two files
_PATIENCE = 60.0  # seconds for what is late
_STEPS = 10
_COUNTS = "n_evts", "n_drops", "n_threads"
_TURN = 0.1  # seconds, of which the work goes on for a part
_DD = "while :; do dd if=/dev/zero of=/dev/null bs=1 count=20000; sleep 0.2; done"
_CONTAINERS = "while :; do podman run --rm --network none --rootfs {root} /bin/busybox true; sleep 1; done"


class _Use(NamedTuple):
    """At a moment (monotonic): CPU seconds and resident MiB so far, events and lost ones, threads that are known."""

    at: float
    cpu: float
    resident: float
    events: int
    lost: int
    threads: int


class _Consumer:
    """The service at work. `arrived`: when (perf_counter) the alert of each file came."""

    def __init__(self, command: list[str], folder: str, rules: list[str]) -> None:
        self.directory = os.path.join(folder, "watched")
        os.mkdir(self.directory)
        self._port = free_port()
        self._alerts = Path(f"{self.directory}-alerts")
        self._alerts.touch()
        own, config = Path(folder, "own.yaml"), Path(folder, "falco.yaml")
        own.write_text(_RULE.format(directory=self.directory), encoding="utf-8")
        text = _CONFIG.format(rules=", ".join([str(own), *rules]), directory=self.directory, port=self._port)
        config.write_text(text, encoding="utf-8")
        self.arrived: dict[str, float] = {}
        self._ended = False
        self._process = subprocess.Popen(
            [*command, "-c", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": ROOT},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def begin(self) -> None:
        """Wait until it watches. Ends the program if it does not."""
        until = time.monotonic() + _PATIENCE
        while "first" not in self.arrived:
            touch(self.directory, "first")
            time.sleep(0.1)
            if self._process.poll() is not None or time.monotonic() > until:
                raise SystemExit("the service does not watch")

    def _read(self) -> None:
        line = ""
        with self._alerts.open(encoding="utf-8") as file:
            while not self._ended:
                more = file.readline()
                line += more
                if not more:
                    time.sleep(0.002)
                elif line.endswith("\n"):  # else the rest of it is still to be written
                    if found := re.search(r"opened .*/(\w+)$", line.strip()):
                        self.arrived.setdefault(found[1], time.perf_counter())
                    line = ""

    def used(self) -> _Use:
        with open(f"/proc/{self._process.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
        with open(f"/proc/{self._process.pid}/status", encoding="utf-8") as file:
            resident = re.search(r"VmRSS:\s+(\d+)", file.read())
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=_PATIENCE) as answer:
            page = answer.read().decode()
        counts = [re.search(rf"^falcosecurity_scap_{name}_total (\d+)", page, re.MULTILINE) for name in _COUNTS]
        events, lost, threads = (int(found[1]) if found else 0 for found in counts)
        cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return _Use(time.monotonic(), cpu, int(resident[1]) / 1024 if resident else 0.0, events, lost, threads)

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(_PATIENCE)
        self._ended = True
        self._reader.join()


def _held(groups: list[int], share: float, over: threading.Event) -> None:
    """Process groups run for a part of the time, until it is over."""
    while not over.is_set():
        for number, seconds in ((signal.SIGCONT, share * _TURN), (signal.SIGSTOP, (1 - share) * _TURN)):
            for group in groups:
                os.killpg(group, number)
            time.sleep(seconds)
    for group in groups:
        os.killpg(group, signal.SIGCONT)


def _children() -> set[int]:
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        found |= {int(word) for word in (task / "children").read_text().split()}
    return found


@contextmanager
def _work(folder: str, share: float) -> Iterator[str]:
    """What goes on within; yields its names."""
    before = _children()
    with ExitStack() as stack:
        names = [name for name in ("churn", "web") if not lacking(name)]
        for name in names:
            stack.enter_context(load(name))
        scripts = {"dd": _DD}
        busybox = shutil.which("busybox")
        if shutil.which("podman") and busybox:
            root = Path(folder, "root")
            for directory in ("bin", "proc", "dev", "sys", "etc", "tmp", "run"):
                (root / directory).mkdir(parents=True)
            shutil.copy(busybox, root / "bin" / "busybox")
            scripts["containers"] = _CONTAINERS.format(root=root)
        for name, script in scripts.items():
            quiet = subprocess.DEVNULL
            running = subprocess.Popen(["bash", "-c", script], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
            stack.callback(running.wait)
            stack.callback(os.killpg, running.pid, signal.SIGTERM)
            names.append(name)
        if share < 1:
            over = threading.Event()
            holder = threading.Thread(target=_held, args=(sorted(_children() - before), share, over))
            holder.start()
            stack.callback(holder.join)
            stack.callback(over.set)
        yield ", ".join(names)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("--rules", action="append", help="a Falco rules file")
    parser.add_argument("--command", default=f"{sys.executable} -m pysysdig service")
    options = parser.parse_args()
    missing = [f"{c.name}: {c.detail}" for c in check_requirements() if not c.ok]
    if missing:
        print(f"no live capture here: {missing[0]}")
        return
    begin("Service, for long")
    with tempfile.TemporaryDirectory() as made:
        folder = os.path.realpath(made)
        consumer = _Consumer(shlex.split(options.command), folder, [os.path.abspath(path) for path in options.rules or RULES])
        try:
            consumer.begin()
            opened: dict[str, float] = {}
            with _work(folder, options.share) as names:
                print(f"Meanwhile for {options.share:.0%} of the time: {names}.\n")
                time.sleep(1)
                uses = [consumer.used()]
                for _ in range(_STEPS):
                    until = time.monotonic() + options.seconds / _STEPS
                    while time.monotonic() < until:
                        time.sleep(random.uniform(*_PAUSE))
                        opened[str(len(opened))] = time.perf_counter()
                        touch(consumer.directory, str(len(opened) - 1))
                    uses.append(consumer.used())
            until = time.monotonic() + _PATIENCE
            while opened.keys() - consumer.arrived.keys() and time.monotonic() < until:
                time.sleep(0.1)
        finally:
            consumer.end()
    rows = [
        (
            f"{now.at - uses[0].at:.0f} s", f"{(now.events - before.events) / (now.at - before.at):,.0f}",
            str(now.lost - before.lost),
            f"{100 * (now.cpu - before.cpu) / (now.at - before.at):.0f} %", str(now.threads), f"{now.resident:.1f} MiB",
        )
        for before, now in zip(uses, uses[1:])
    ]  # fmt: skip
    print(table(["after", "events/s", "lost", "CPU", "threads", "resident"], rows))
    delays = sorted(1000 * (consumer.arrived[name] - at) for name, at in opened.items() if name in consumer.arrived)
    print(f"{len(delays)} of {len(opened)} alerts came", end="")
    if delays:
        print(
            f", after {delays[len(delays) // 2]:.0f} ms (median), {delays[len(delays) * 99 // 100]:.0f} (99 %), {delays[-1]:.0f}",
            end="",
        )
    print(".\n")


if __name__ == "__main__":
    main()
