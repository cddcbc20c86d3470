"""What live capture costs: `dd bs=1` and a mixed workload, untraced, with everything on, with a narrow filter.

    sudo python benchmarks/live.py [COUNT] [ROUNDS]

The workload runs in child processes; the consumer is this process, which decodes every event. Prints the cost per system
call over the untraced run (CPU time of the workload, best of ROUNDS: other work on the machine counts little), events seen
and lost, and the consumer's CPU time. Two cores are needed: with one, the consumer and the workload share it. Where live
capture cannot work (no root, no BPF) it says so and that is all.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pysysdig.capture.doctor import check_requirements
from pysysdig.capture.live import LiveCapture

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
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


def _best(run: Callable[[], Result]) -> Result:
    return min((run() for _ in range(ROUNDS)), key=lambda r: r.work)


def _compare(name: str, command: list[str], calls: int) -> None:
    base = min(_time(command)[0] for _ in range(ROUNDS))
    print(f"{name}: {base:.3f} s of CPU untraced, {base / calls * 1e9:.0f} ns a call")
    for label, wanted in (("everything", None), ("narrow (openat)", {"openat"})):
        result = _best(lambda wanted=wanted: _traced(command, wanted))  # type: ignore[misc]
        added = (result.work - base) / calls * 1e9
        print(
            f"  {label:16} +{added:5.0f} ns a call, {result.events} events, {result.lost} lost, "
            f"consumer {result.cpu:.2f} s CPU of {result.seconds:.2f} s"
        )


def main() -> None:
    """Run both workloads."""
    for check in check_requirements():
        if not check.ok:
            print(f"live capture is not measured: {check.name}: {check.detail}")
            return
    dd = ["dd", "if=/dev/zero", "of=/dev/null", "bs=1", f"count={COUNT}"]
    _compare("dd bs=1", dd, 2 * COUNT)
    count = COUNT // 40
    with tempfile.TemporaryDirectory() as directory:
        script = os.path.join(directory, "mixed.py")
        with open(script, "w") as f:
            f.write(_MIXED.format(count=count))
        _compare("mixed", [sys.executable, "-S", "-E", script], 8 * count)


if __name__ == "__main__":
    main()
