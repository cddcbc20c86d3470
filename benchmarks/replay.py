"""make bench: what replays cost, as ratios of CPU time.

    python benchmarks/replay.py FOLDER [--rounds N] [--pure N] [--jobs TEXT] [--rules FILE ...] [--base COMMIT | --no-base]
                                [STREAM ...]

FOLDER is what streams.py made. Each job runs on each stream with sysdig (where installed, on its own .scap), with this tree and
its native extension (where it is built), on the .scap and on our trace, and with a commit before it: by default where this
branch left main, or the last commit. The runs of a job take turns; printed are medians of CPU seconds (user and system, start-up
included) and, in brackets, the medians of their ratios to sysdig's run of the same turn, and MiB. The other commit has a table of
its own, with ratios to the same program of this tree (below 1: this tree is the slower one).

    --pure N       so many rounds without the native extension, which take ten times as long (1; 0: none). The other commit runs
                   without it only where this tree has none either
    --rules FILE   Falco rules files for the last job, which sysdig has not
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
from timing import ROOT, RULES, Program, Use, begin, cpu, git, in_turn, ours, ratio, table

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
    """CPU seconds, ratio, MiB."""
    if not uses:
        return "fails"
    brackets = f" ({ratio(uses, reference):.2f})" if reference else ""
    return f"{cpu(uses):.2f}{brackets}, {max(use.mib for use in uses):.0f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("streams", nargs="*", metavar="STREAM", help=", ".join(STREAMS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", default="", help="only jobs with this text in their names")
    parser.add_argument("--pure", type=int, default=1, help="rounds without the native extension")
    parser.add_argument("--rules", action="append", help="a Falco rules file")
    parser.add_argument("--base", default="", help="the commit to compare with")
    parser.add_argument("--no-base", action="store_true", help="compare with no other commit")
    options = parser.parse_intermixed_args()
    words = [word for path in options.rules or RULES for word in ("--rules", os.path.abspath(path))]
    jobs = [job for job in (*JOBS, FIRST, ("rules", words)) if options.jobs in job[0]]
    sysdig = shutil.which("sysdig")
    with base_tree(options.base) if not options.no_base else _nothing() as (tree, commit):
        programs = ours()[::-1]  # with the extension first
        bases = [p for p in ours(tree, commit) if p.name == f"{commit} {programs[0].name}"] if tree else []
        columns = [(program, options.rounds) for program in (programs[0], *bases)]
        columns += [(program, options.pure) for program in programs[1:] if options.pure]
        begin("Replay")
        titles = ["stream, job", *(["sysdig .scap"] if sysdig else [])]
        titles += [f"{program.name} {kind}" for program, _ in columns for kind in (".scap", ".pscap")]
        others = [i for i, title in enumerate(titles) if tree and title.startswith(commit)]  # a table of their own
        rows = []
        for name in options.streams or STREAMS:
            files = {end: os.path.join(options.folder, name + end) for end in (".scap", ".pscap", ".0.29.scap")}
            if not os.path.exists(files[".pscap"]):
                print(f"{name}: not there", file=sys.stderr)
                continue
            theirs = files[".0.29.scap"] if os.path.exists(files[".0.29.scap"]) else files[".scap"]
            for job, arguments in jobs:
                reference = sysdig if job != "rules" else None
                cells = _measured(arguments, theirs, files, reference, columns, bases, options.rounds)
                rows.append([f"{name}, {job}", *(["-"] if sysdig and not reference else []), *cells])
                print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    for wanted in ([i for i in range(len(titles)) if i not in others], [0, *others]):
        if len(wanted) > 1:
            print(table([titles[i] for i in wanted], [[row[i] for i in wanted] for row in rows]))


@contextmanager
def _nothing() -> Iterator[tuple[str, str]]:
    yield "", ""


def _measured(
    arguments: list[str],
    theirs: str,
    files: dict[str, str],
    sysdig: str | None,
    columns: list[tuple[Program, int]],
    bases: list[Program],
    rounds: int,
) -> list[str]:
    """The cells of one row: sysdig's, if it runs, and for each of the programs those of the .scap and of our trace."""
    runs = [(program, ["-r", files[end], *arguments]) for program, _ in columns for end in (".scap", ".pscap")]
    times = [often for _, often in columns for _ in range(2)]
    uses: list[list[Use]] = []
    reference: list[Use] = []
    if sysdig:
        reference, *uses = in_turn([(Program("sysdig", (sysdig,), {}), ["-r", theirs, *arguments]), *runs], [rounds, *times])
    else:
        uses = in_turn(runs, times)
    out = [f"{cpu(reference):.2f}" if reference else "fails"] if sysdig else []
    for (program, _), own, place in zip(runs, uses, range(len(runs))):
        other = uses[place % 2] if program in bases else reference  # the first program is the one that the other commit is of
        out.append(_cell(own, other))
    return out


if __name__ == "__main__":
    main()
