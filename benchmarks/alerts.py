"""How soon alerts of the running machine come out.

    sudo python benchmarks/alerts.py [COUNT] [RULES...]

Runs `pysysdig --rules` with a rule of its own (and RULES: more rule files) in front of a pipe, opens COUNT files at irregular
intervals and prints how long it took from the call to the arrival of the alert (median, 95 %, longest; ms). Where live
capture cannot work (no root, no BPF) it says so and that is all.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from pysysdig.capture.doctor import check_requirements

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 100
_RULE = """
- rule: Alert latency
  desc: the files that this benchmark opens
  condition: evt.type in (open, openat) and fd.name startswith {directory}/
  output: "opened %fd.name"
  priority: INFO
"""
_PAUSE = 0.02, 0.12  # seconds between two files


def _listen(lines: object, arrived: dict[str, float]) -> None:
    """Note when the alert of each file comes; `lines` is the pipe."""
    for line in lines:  # type: ignore[attr-defined]
        _, _, name = line.rpartition(b"/")
        arrived[name.strip().decode()] = time.perf_counter()


def main() -> int:
    """Run the benchmark; returns the exit status."""
    missing = [f"{c.name}: {c.detail}" for c in check_requirements() if not c.ok]
    if missing:
        print(f"no live capture here: {missing[0]}")
        return 0
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name).resolve()
        rules = directory / "rules.yaml"
        rules.write_text(_RULE.format(directory=directory))
        command = [sys.executable, "-m", "pysysdig", "--rules", str(rules)]
        for more in sys.argv[2:]:
            command += ["--rules", more]
        arrived: dict[str, float] = {}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
            listener = threading.Thread(target=_listen, args=(run.stdout, arrived))
            listener.start()
            began = time.perf_counter()
            while "first" not in arrived and run.poll() is None and time.perf_counter() < began + 30:
                (directory / "first").touch()
                time.sleep(0.05)
            opened: dict[str, float] = {}
            for i in range(COUNT):
                time.sleep(random.uniform(*_PAUSE))
                opened[str(i)] = time.perf_counter()
                (directory / str(i)).touch()
            time.sleep(1)
            run.terminate()
            listener.join()
    delays = sorted(1000 * (arrived[i] - at) for i, at in opened.items() if i in arrived)
    if not delays:
        print("no alerts")
        return 1
    print(
        f"{len(delays)} of {COUNT} alerts: median {delays[len(delays) // 2]:.1f} ms, "
        f"95 % within {delays[len(delays) * 95 // 100]:.1f} ms, longest {delays[-1]:.1f} ms"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
