"""What the benchmarks share: CPU time of commands, runs in turn, medians, what machine and commit it was, and a section of
docs/performance.md as what they print."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)  # benchmarks measure the tree that they are in, whatever is installed
_STABLE = os.path.join(ROOT, "..", "shared", "rules", "current_falco_rules.yaml")
RULES = [_STABLE if os.path.exists(_STABLE) else os.path.join(ROOT, "examples", "rules", "rules", "shop.yaml")]
"""Rules files where none are named: Falco's 25 stable rules where they lie beside the project, which ships none of them."""


class Use(NamedTuple):
    """What one run of a command took: seconds of CPU (user and system) and of wall clock, resident MiB at most."""

    cpu: float
    wall: float
    mib: float


class Program(NamedTuple):
    """A program that is measured: what the table calls it, how its command line begins, what its environment has beside ours."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]


def measure(program: Program, arguments: Sequence[str]) -> Use | None:
    """One run, its output thrown away; None if it fails (sysdig 0.29 cannot read every capture)."""
    began = time.perf_counter()
    with subprocess.Popen(
        [*program.command, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | program.environment,
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    return Use(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024) if process.returncode == 0 else None


def in_turn(runs: Sequence[tuple[Program, Sequence[str]]], rounds: int | Sequence[int]) -> list[list[Use]]:
    """The runs in turn, `rounds` times (or each as often as its number there says), so that a slow minute of the machine is one
    for all of them; what fails is not tried again (an empty list)."""
    often = [rounds] * len(runs) if isinstance(rounds, int) else rounds
    out: list[list[Use]] = [[] for _ in runs]
    for turn in range(max(often)):
        for uses, times, (program, arguments) in zip(out, often, runs):
            if len(uses) == turn < times:
                use = measure(program, arguments)
                if use is not None:
                    uses.append(use)
    return [uses if len(uses) == times else [] for uses, times in zip(out, often)]


def cpu(uses: list[Use]) -> float:
    """The median of the CPU times."""
    return statistics.median(use.cpu for use in uses)


def ratio(uses: list[Use], others: list[Use]) -> float:
    """The median of the ratios of CPU times, each of two runs that came one after the other."""
    return statistics.median(a.cpu / b.cpu for a, b in zip(uses, others))


def ours(tree: str = ROOT, name: str = "") -> list[Program]:
    """pysysdig of a source tree, compiled as at installation: without its native extension and, where that is built, with it."""
    setup = os.path.join(tree, "setup.py")
    if tree != ROOT and os.path.exists(setup):  # the own tree is as its owner has built it
        subprocess.run([sys.executable, setup, "build_ext", "--inplace"], cwd=tree, capture_output=True, check=False)
    subprocess.run([sys.executable, "-m", "compileall", "-q", os.path.join(tree, "pysysdig")], check=False)
    command = (sys.executable, "-P", "-c", "from pysysdig.cli.main import entry; entry()")
    out = []
    for kind, value in (("pure", "0"), ("native", "1")):
        environment = {"PYTHONPATH": tree, "PYSYSDIG_NATIVE": value}
        probe = [sys.executable, "-P", "-c", "import pysysdig._native"]
        if value == "0" or subprocess.run(probe, env=os.environ | environment, capture_output=True, check=False).returncode == 0:
            out.append(Program(f"{name} {kind}".strip(), command, environment))
    return out


def git(*arguments: str) -> str:
    """What git says about the source tree; "" without git."""
    try:
        done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def circumstances() -> str:
    """Machine, load, versions and commit, in one line."""
    import platform

    import numpy

    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    dirty = " with changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    return (
        f"{os.cpu_count()} CPUs ({model}), Linux {platform.release()}, load {os.getloadavg()[0]:.1f}, "
        f"Python {platform.python_version()}, numpy {numpy.__version__}, "
        f"commit {git('rev-parse', '--short', 'HEAD') or '?'}{dirty}, {time.strftime('%Y-%m-%d')}"
    )


def begin(title: str) -> None:
    """Print how a section of docs/performance.md begins: its title, machine and commit."""
    print(f"## {title}\n\n{circumstances()}\n", flush=True)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, its columns aligned."""
    widths = [max(len(row[i]) for row in (titles, *rows)) for i in range(len(titles))]
    lines = [titles, ["-" * w for w in widths], *rows]
    return "\n".join("| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths)) + " |" for line in lines) + "\n"
