"""Mutation tests: small changes to the program, one at a time; a change that no test notices says what is not tested.

    python tools/mutants.py [PACKAGE...] [--count N] [--minutes N] [--seed N]

Takes a random sample of all changes that cosmic-ray (pip install cosmic-ray) knows to the modules of each package, in a copy of
the tree, and runs the tests of that package. All are too many: a package has thousands, a run of its tests takes half a minute.
Annotations, docstrings and generated modules are left alone. Prints the changes that survived; look at them, and write the test
that is missing or note why nothing can notice (the change makes no difference, or only a slower program).
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cosmic_ray.commands.init import _all_work_items
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.testing import run_tests
from cosmic_ray.work_item import MutationSpec, TestOutcome

ROOT = Path(__file__).resolve().parent.parent
TESTS = {
    "state": "tests/state tests/fields",
    "filter": "tests/filter",
    "rules": "tests/rules tests/cli/test_alert_outputs.py",
}
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "build", "dist", "*.egg-info", "__pycache__", ".*_cache", "*.so")
Span = tuple[tuple[int, int], tuple[int, int]]


def quiet_spans(source: str) -> list[Span]:
    """Places where a change cannot matter: annotations, which are never evaluated, and docstrings."""
    nodes: list[Any] = []
    for node in ast.walk(ast.parse(source)):
        nodes += [getattr(node, name, None) for name in ("annotation", "returns")]
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            nodes.append(body[0])
    return [((n.lineno, n.col_offset), (n.end_lineno, n.end_col_offset)) for n in nodes if n is not None]


def changes(package: str) -> Iterator[MutationSpec]:
    """All changes to a package of the tree in the current directory."""
    for path in sorted(Path("pysysdig", package).glob("*.py")):
        if path.name.startswith("_"):
            continue
        quiet = quiet_spans(path.read_text())
        for item in _all_work_items([path], {}):
            for change in item.mutations:
                if not any(start <= change.start_pos and change.end_pos <= end for start, end in quiet):
                    yield change


def sample(package: str, count: int, seed: int) -> list[MutationSpec]:
    """Some of them, each place at most once: one operator may be replaced by a dozen others."""
    every = list(changes(package))
    random.Random(seed).shuffle(every)
    places = {(c.module_path, c.start_pos): c for c in reversed(every)}
    chosen = list(places.values())
    random.Random(seed).shuffle(chosen)
    print(f"{package}: {len(every)} changes at {len(chosen)} places, {min(count, len(chosen))} are tried", flush=True)
    return chosen[:count]


def survivors(package: str, count: int, seed: int, until: float) -> tuple[int, list[str]]:
    """How many were tried, and the changes (as diffs) that the tests let pass."""
    command = f"{sys.executable} -m pytest -q -x -p no:cacheprovider -p no:randomly {TESTS[package]}"
    started = time.monotonic()
    outcome, output = run_tests(command, 900)
    if outcome != TestOutcome.SURVIVED:
        sys.exit(f"the tests of {package} do not pass as they are:\n{output[-2000:]}")
    limit = 3 * (time.monotonic() - started) + 10
    tried, out = 0, []
    for change in sample(package, count, seed):
        if time.monotonic() > until:
            break
        result = mutate_and_test([change], command, limit)
        tried += 1
        if not result.is_killed:
            out.append(str(result.diff))
            print(result.diff, flush=True)
    return tried, out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", default=list(TESTS), metavar="PACKAGE", help=f"of {', '.join(TESTS)} (all)")
    parser.add_argument("--count", type=int, default=40, help="changes of each package that are tried")
    parser.add_argument("--minutes", type=float, default=15, help="that this takes at most for each package")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same seed tries the same changes")
    given = parser.parse_args()
    os.nice(10)
    lines = [f"seed {given.seed}"]
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory, "tree")
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        os.chdir(copy)
        os.environ["PYTHONPATH"] = str(copy)
        for package in given.packages:
            tried, out = survivors(package, given.count, given.seed, time.monotonic() + 60 * given.minutes)
            lines.append(f"{package}: {tried} changes tried, {len(out)} survived")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
