"""sysdig and pysysdig with the same chisels on the same capture, in turn, and the ratios of their times.

    python benchmarks/chisels.py [--capture FILE] [--rounds N] [--sysdig PATH] [CHISEL ...]

As compare.py, and a second column for our own trace format; the last rows are the two examples of docs/writing-chisels.md.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

from compare import HERE, seconds, synthesised, unpacked

from pysysdig.resources import directory

CHISELS = (
    "topprocs_file", "topfiles_bytes", "topconns", "topscalls", "topscalls_time", "fdcount_by fd.type", "iobytes", "bottlenecks",
)  # fmt: skip
EXAMPLES = ("sizes_by_event", "sizes_by_batch")


def examples(folder: str) -> None:
    """Write the chisels of the documentation to a folder."""
    with open(os.path.join(HERE, "..", "docs", "writing-chisels.md"), encoding="utf-8") as file:
        for name, code in re.findall(r"`(\w+)\.py`:.*?```python\n(.*?)```", file.read(), re.DOTALL):
            with open(os.path.join(folder, f"{name}.py"), "w", encoding="utf-8") as target:
                target.write(code)


def best(command: list[str], rounds: int) -> float:
    """Shortest wall time, 0 if the command fails."""
    if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode:
        return 0.0
    return min(seconds(command) for _ in range(rounds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chisels", nargs="*", default=CHISELS)
    parser.add_argument("--capture")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sysdig", default=shutil.which("sysdig"))
    options = parser.parse_args()
    ours = [sys.executable, "-m", "pysysdig"]
    with tempfile.TemporaryDirectory() as folder:
        busy = os.path.join(HERE, "..", "..", "shared", "captures", "busy.scap.gz")
        target = os.path.join(folder, "bench.scap")
        demo = os.path.join(directory("captures"), "demo.scap")
        capture = options.capture or (unpacked(busy, target) if os.path.exists(busy) else synthesised(demo, target))
        trace = os.path.join(folder, "bench.pscap")
        subprocess.run([*ours, "-r", capture, "-w", trace], check=True)
        examples(folder)
        print(f"capture: {os.path.getsize(capture) / 1e6:.0f} MB, best of {options.rounds} rounds")
        print(f"{'':20}{'sysdig':>9}{'.scap':>9}{'ratio':>7}{'trace':>9}{'ratio':>7}")
        for chisel in (*options.chisels, *EXAMPLES):
            arguments = ["-c", *chisel.split(" ", 1)]
            own = chisel in EXAMPLES
            theirs = 0.0 if own or not options.sysdig else best([options.sysdig, "-r", capture, *arguments], options.rounds)
            more = ["--chisel-dir", folder] if own else []
            times = [best([*ours, *more, "-r", file, *arguments], options.rounds) for file in (capture, trace)]
            row = f"{chisel:20}" + (f"{theirs:8.3f}s" if theirs else f"{'-':>9}")
            print(row + "".join(f"{t:8.3f}s" + (f"{t / theirs:7.2f}" if theirs else f"{'-':>7}") for t in times), flush=True)


if __name__ == "__main__":
    main()
