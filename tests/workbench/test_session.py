"""Which tests are run, and in how many processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pysysdig.workbench.session import Chosen, outcomes, status
from tests.workbench.conftest import RULES

TESTS = """
version: 1
rules: [rules.yaml]
tests:
- name: reads
  matrix: {who: [evil, sshd, cat, ls, backup, other]}
  events: [{by: "${who}", open: /etc/shadow}]
  expect: [Read shadow]
- name: talks
  tags: [net]
  events: [{by: x, connect_to: {addr: "1.2.3.4:53", proto: udp}}]
  expect: [Talk]
"""


def chosen(tmp_path: Path, **more: Any) -> Chosen:
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "a_test.yaml").write_text(TESTS)
    return Chosen((str(tmp_path),))._replace(**more)


def test_choosing(tmp_path: Path) -> None:
    for more, count in (
        ({}, 7),
        ({"keyword": "who=s"}, 1),
        ({"named": ("Talk",)}, 1),
        ({"tags": ("net",)}, 1),
        ({"tags": ("x",)}, 0),
    ):
        some = chosen(tmp_path, **more)
        assert len(some.cases(some.suites())) == count


def test_any_number_of_processes_gives_the_same(tmp_path: Path) -> None:
    some = chosen(tmp_path)
    cases = some.cases(some.suites())
    one, four = (list(outcomes(cases, some, jobs)) for jobs in (1, 4))
    assert [tuple(o._replace(seconds=0))[1:] for o in one] == [tuple(o._replace(seconds=0))[1:] for o in four]
    assert status(one) == 1 and [o.case.name for o in four] == [case.name for case in cases]
