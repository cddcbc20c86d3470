"""make bench: what testing and explaining rules cost.

    python benchmarks/workbench.py [FOLDER] [--rounds N] [--rules FILE ...] [--rule NAME]

Printed are medians of CPU seconds (user and system). Without --rules the rules are those of examples/rules.

tests      500 synthetic tests of four events against all rules: the whole command, and without start-up and loading (the command
           with one test is taken off), which is to be 5 s at most
coverage   the time in which rules are tried on the events of these tests, without and with coverage, which is to be 6 times that
explain    FOLDER is what streams.py made: explaining one rule (--rule) on busy.scap and a plain run with the rules; it
           is to be 1.5 times that at most
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

from timing import ROOT, begin, cpu, in_turn, ours, ratio, table

_TESTS = 500
_HEAD = """version: 1
rules: {rules}
machine:
  containers: {{web: {{image: "docker.io/library/nginx:1.25"}}}}
  processes:
    shim: {{exe: /usr/bin/containerd-shim}}
    nginx: {{parent: shim, container: web, exe: /usr/sbin/nginx}}
tests:
"""
_TEST = """- name: test {number:03}
  events:
  - {{by: nginx, fork: sh}}
  - {{by: sh, exec: {{exe: /bin/bash, args: [-i, "{number}"], tty: 34816}}}}
  - {{by: sh, open: {{name: /etc/shadow}}}}
  - {{by: evil{number}, open: {{name: /etc/shadow}}}}
  others: any
  expect: []
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default="")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rules", action="append", help="a Falco rules file")
    parser.add_argument("--rule", default="Customers read by a stranger")
    options = parser.parse_args()
    rules = [os.path.abspath(path) for path in options.rules or [os.path.join(ROOT, "examples", "rules", "rules", "shop.yaml")]]
    begin("Workbench")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "many_test.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(_HEAD.format(rules=rules) + "".join(_TEST.format(number=number) for number in range(_TESTS)))
        program = ours()[-1]
        many, one = in_turn(
            [(program, ["rules", "test", path]), (program, ["rules", "test", path, "-k", "test 499"])], options.rounds
        )
        rows.append([f"{_TESTS} tests", f"{cpu(many):.2f}", f"{cpu(many) - cpu(one):.2f} without start-up and loading"])
        plain, counted = (_tried(path, options.rounds, coverage=on) for on in (False, True))
        rows.append(["coverage", f"{counted:.2f}", f"{counted / plain:.1f} times {plain:.2f}"])
    busy = os.path.join(options.folder, "busy.scap")
    if options.folder and os.path.exists(busy):
        given = [word for rule in rules for word in ("--rules", rule)]
        explained = ["rules", "explain", "-r", busy, *given, "--rule", options.rule]
        uses, others = in_turn([(program, explained), (program, ["-r", busy, "-q", *given])], options.rounds)
        if uses and others:
            rows.append(["explain", f"{cpu(uses):.2f}", f"{ratio(uses, others):.2f} times {cpu(others):.2f}"])
        else:
            print("explain: left out: the command fails", file=sys.stderr)
    print(table(["what", "CPU seconds", ""], rows))


def _tried(path: str, rounds: int, *, coverage: bool) -> float:
    """Seconds in which the rules are tried on the events of all tests, in this process: the median of some rounds."""
    from pysysdig.replay import replay
    from pysysdig.workbench.coverage import Coverage
    from pysysdig.workbench.files import read_suite
    from pysysdig.workbench.play import explainer_of, rules_of, sections_of

    def timed(work: Callable[[], object]) -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    out = []
    for _ in range(rounds + 1):  # the first one compiles
        counts = Coverage()
        spent = 0.0
        for case in read_suite(path).cases:
            loaded, rules, config = rules_of(case)
            explainer = explainer_of(loaded, rules, "current", config.rule_matching)
            for section, ids in sections_of(case):
                for view, sel in replay([section], level=explainer.needs):
                    if coverage:
                        spent += timed(lambda: counts.observe(explainer, explainer.look(view, sel), sel, ids))  # noqa: B023
                    else:
                        spent += timed(lambda: explainer.engine.match(view, sel))  # noqa: B023
        out.append(spent)
    return statistics.median(out[1:])


if __name__ == "__main__":
    main()
