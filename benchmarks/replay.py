"""make bench: what replays cost, as ratios of CPU time.

    python benchmarks/replay.py FOLDER [--rounds N] [--jobs TEXT] [--rules FILE ...] [--base COMMIT | --no-base] [STREAM ...]

FOLDER is what streams.py made. Each job runs on each stream with sysdig (where installed, on its own .scap), with this tree,
without its native extension and with it (where it is built), on the .scap and on our trace, and with a commit before it: by
default where this branch left main, or the last commit. The runs of a job take turns; printed are medians of CPU seconds (user
and system, start-up included) and, in brackets, the medians of their ratios to sysdig's run of the same turn; in the columns of
the other commit, to the same program of this tree (below 1: this tree is the slower one).

    --rules FILE   a Falco rules file: one more job, without sysdig
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from streams import STREAMS
from timing import ROOT, Program, Use, circumstances, cpu, git, in_turn, ours, ratio, table

JOBS: tuple[tuple[str, list[str]], ...] = (
    ("proc.name=zz", ["proc.name=zz"]),
    ("openat, evt.arg.name", ["-p", "%evt.num %evt.arg.name", "evt.type=openat"]),
    ("fd.name contains /etc", ["-p", "%evt.num %fd.name", "fd.name contains /etc"]),
    ("topprocs_file", ["-c", "topprocs_file"]),
    ("spy_ip", ["-c", "spy_ip", "127.0.0.1"]),
    ("echo_fds", ["-c", "echo_fds"]),
    ("httplog", ["-c", "httplog"]),
    ("print everything", []),
)
FIRST = ("first line", ["-n", "1"])


@contextmanager
def base_tree(commit: str) -> Iterator[tuple[str, str]]:
    """(path, name) of a source tree of a commit; "" = where this branch left main, or the last commit before this state."""
    if not commit:
        commit = git("merge-base", "HEAD", "main")
        if not commit or commit == git("rev-parse", "HEAD"):
            commit = "HEAD" if git("status", "--porcelain", "--untracked-files=no") else "HEAD~1"
    commit = git("rev-parse", "--short", commit)
    if not commit:
        yield "", ""
        return
    with tempfile.TemporaryDirectory() as folder:
        tree = os.path.join(folder, "tree")
        subprocess.run(["git", "-C", ROOT, "worktree", "add", "--detach", tree, commit], check=True, capture_output=True)
        try:
            yield tree, commit
        finally:
            subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", tree], check=False, capture_output=True)


def _cell(uses: list[Use], reference: list[Use]) -> str:
    """CPU seconds and ratio."""
    if not uses:
        return "fails"
    return f"{cpu(uses):.2f}" + (f" ({ratio(uses, reference):.2f})" if reference else "")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("streams", nargs="*", metavar="STREAM", help=", ".join(STREAMS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", default="", help="only jobs with this text in their names")
    parser.add_argument("--rules", action="append", default=[], help="a Falco rules file")
    parser.add_argument("--base", default="", help="the commit to compare with")
    parser.add_argument("--no-base", action="store_true", help="compare with no other commit")
    options = parser.parse_intermixed_args()
    jobs = [*JOBS, FIRST]
    if options.rules:
        jobs.append(("rules", [option for path in options.rules for option in ("--rules", os.path.abspath(path))]))
    jobs = [job for job in jobs if options.jobs in job[0]]
    sysdig = shutil.which("sysdig")
    programs = ours()
    with base_tree(options.base) if not options.no_base else _nothing() as (tree, commit):
        bases = (
            [p for p in ours(tree, commit) if p.name.removeprefix(commit).strip() in {q.name for q in programs}] if tree else []
        )
        print(circumstances() + f"; {options.rounds} rounds", end="\n\n")
        titles = ["stream, job", *(["sysdig .scap"] if sysdig else [])]
        titles += [f"{p.name} {kind}" for kind in (".scap", ".pscap") for p in [*programs, *bases]]
        rows = []
        for name in options.streams or STREAMS:
            files = {end: os.path.join(options.folder, name + end) for end in (".scap", ".pscap", ".0.29.scap")}
            if not os.path.exists(files[".pscap"]):
                print(f"{name}: not there", file=sys.stderr)
                continue
            theirs = files[".0.29.scap"] if os.path.exists(files[".0.29.scap"]) else files[".scap"]
            for job, arguments in jobs:
                rows.append(
                    [f"{name}, {job}", *_measured(job, arguments, theirs, files, sysdig, programs, bases, options.rounds)]
                )
                print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    print(table(titles, rows))


@contextmanager
def _nothing() -> Iterator[tuple[str, str]]:
    yield "", ""


def _measured(
    job: str,
    arguments: list[str],
    theirs: str,
    files: dict[str, str],
    sysdig: str | None,
    programs: list[Program],
    bases: list[Program],
    rounds: int,
) -> list[str]:
    """The cells of one row."""
    runs: list[tuple[Program, list[str]]] = []
    if sysdig and job != "rules":
        runs.append((Program("sysdig", (sysdig,), {}), ["-r", theirs, *arguments]))
    for end in (".scap", ".pscap"):
        runs += [(program, ["-r", files[end], *arguments]) for program in [*programs, *bases]]
    uses = in_turn(runs, rounds)
    reference = uses.pop(0) if sysdig and job != "rules" else []
    out = [_cell(reference, [])] if reference else ["-"] * bool(sysdig)
    width = len(programs) + len(bases)
    for group in (uses[:width], uses[width:]):
        out += [_cell(own, reference) for own in group[: len(programs)]]
        out += [_cell(other, own) for other, own in zip(group[len(programs) :], group)]
    return out


if __name__ == "__main__":
    main()
