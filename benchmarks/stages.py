"""Where the CPU time of a run goes, by part of the program.

    python benchmarks/stages.py ARGUMENTS-OF-PYSYSDIG...

Runs the program under Python's profiler, its output thrown away, and prints to standard error the time spent in each module
(with what it calls of numpy and of the interpreter), most first, and the functions that take most. The profiler makes Python
code two to three times slower but not what is compiled: shares of time, not times.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import sys
import time

from timing import ROOT

MODULES, FUNCTIONS = 25, 25  # how many are shown

Function = tuple[str, int, str]
Stats = dict[Function, tuple[int, int, float, float, dict[Function, tuple[int, int, float, float]]]]


def _module(function: Function) -> str:
    """The module of ours that a function is in, "" if it is none."""
    path = function[0]
    return os.path.relpath(path, ROOT) if path.startswith(ROOT + os.sep) else ""


def by_module(
    stats: dict[Function, tuple[int, int, float, float, dict[Function, tuple[int, int, float, float]]]],
) -> list[tuple[float, str]]:
    """(seconds, module), most first; what belongs to no module of ours counts for those that call it."""
    out: dict[str, float] = {}
    for function, (_, _, own, _, callers) in stats.items():
        module = _module(function)
        if module or not callers:
            out[module] = out.get(module, 0.0) + own
            continue
        for caller, (_, _, share, _) in callers.items():
            name = _module(caller)
            out[name] = out.get(name, 0.0) + share
    return sorted(((s, name or "(imports, numpy, interpreter)") for name, s in out.items()), reverse=True)


def main() -> None:
    """Profile and print."""
    from pysysdig.cli.main import main as run

    profile = cProfile.Profile(time.process_time)
    target, null = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    profile.enable()
    try:
        run(sys.argv[1:])
    finally:
        profile.disable()
        os.dup2(target, 1)
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    modules = by_module(stats)
    total = sum(s for s, _ in modules)
    lines = [f"{total:.2f} s of CPU under the profiler"]
    lines += [f"  {100 * s / total:5.1f} %  {name}" for s, name in modules[:MODULES]]
    ranked = sorted(stats.items(), key=lambda item: -item[1][2])[:FUNCTIONS]
    lines += ["functions, own time and calls"]
    for function, (calls, _, own, _, _) in ranked:
        where = f"{_module(function)}:{function[1]} " if _module(function) else ""
        lines.append(f"  {100 * own / total:5.1f} %  {calls:9d}  {where}{function[2]}")
    print("\n".join(lines), file=sys.stderr)


if __name__ == "__main__":
    main()
