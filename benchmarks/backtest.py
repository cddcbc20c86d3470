"""make bench: what more rule sets cost in one backtest.

    python benchmarks/backtest.py FOLDER [--rounds N] [--rules FILE]

FOLDER is what streams.py made. On each stream one rule set is tried, then eight at once (the rules with one constant changed in
each); the runs take turns. Printed are medians of CPU seconds (user and system, start-up and loading included) and their ratio,
which is to be 1.5 at most. Without --rules the rules are 25 of the kind that people write, made here.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from streams import STREAMS
from timing import begin, cpu, in_turn, ours, table

_MANY = 8


def _rules() -> str:
    """Rules about files, processes and connections, with macros that they share."""
    out = [
        "- list: shells\n  items: [bash, sh, zsh, fish]\n",
        "- macro: read\n  condition: (evt.type in (open, openat, openat2) and evt.is_open_read=true and fd.num>=0)\n",
        "- macro: written\n  condition: (evt.type in (open, openat, openat2) and evt.is_open_write=true and fd.num>=0)\n",
        "- macro: started\n  condition: (evt.type in (execve, execveat))\n",
    ]
    kinds = (
        "read and fd.name startswith /etc/secret{} and not proc.name in (shells)",
        "written and fd.directory in (/usr/bin, /usr/lib{}) and not proc.pname=dpkg",
        "started and proc.name in (shells) and proc.aname[2]=nginx{}",
        "started and proc.cmdline contains 'miner{}' and user.name != root",
        "evt.type in (connect, sendto) and fd.sport={} and not proc.name in (curl, wget)",
    )
    for number in range(25):
        condition = kinds[number % len(kinds)].format(number)
        out.append(f"- rule: R{number}\n  desc: d\n  condition: {condition}\n")
        out.append("  output: file=%fd.name by=%proc.cmdline\n  priority: INFO\n")
    return "".join(out)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rules", help="a Falco rules file")
    options = parser.parse_args()
    program = ours()[-1]
    text = Path(options.rules).read_text("utf-8") if options.rules else _rules()
    begin("Rule sets beside each other")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number in range(_MANY):
            paths.append(os.path.join(folder, f"{number}.yaml"))
            with open(paths[-1], "w", encoding="utf-8") as file:
                file.write(text.replace("bash", f"bash{number}" if number else "bash"))
        for name in STREAMS:
            trace = os.path.join(options.folder, f"{name}.scap")
            if not os.path.exists(trace):
                continue
            one = ["rules", "backtest", "-r", trace, "--rules", paths[0], "-f", "csv"]
            many = [*one, *(word for path in paths[1:] for word in ("--against", path))]
            uses = in_turn([(program, one), (program, many)], options.rounds)
            if not all(uses):
                print(f"{name}: left out: the command fails", file=sys.stderr)
                continue
            first, second = (cpu(use) for use in uses)
            rows.append([name, f"{first:.2f}", f"{second:.2f}", f"{second / first:.2f}"])
    print(table(["stream", "one rule set", f"{_MANY} rule sets", "ratio"], rows))


if __name__ == "__main__":
    main()
