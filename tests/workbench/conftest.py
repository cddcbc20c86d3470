"""Running test files that tests write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysysdig.workbench.files import read_suite
from pysysdig.workbench.verdict import Outcome, run

RULES = """
- rule: Read shadow
  desc: somebody reads the passwords
  condition: evt.type in (open, openat) and fd.name=/etc/shadow and not proc.name in (backup, sshd)
  output: shadow read (user=%user.name command=%proc.cmdline container=%container.name)
  priority: WARNING
- rule: Shell
  desc: a shell in a container
  condition: evt.type=execve and proc.name=bash and container.id != host
  output: shell (parent=%proc.pname image=%container.image.repository:%container.image.tag ns=%k8s.ns.name tty=%proc.tty)
  priority: NOTICE
- rule: Talk
  desc: udp to a name server
  condition: evt.type in (connect, sendto) and fd.l4proto=udp and fd.sport=53
  output: udp (to=%fd.sip)
  priority: INFO
"""

Try = Callable[..., list[Outcome]]


@pytest.fixture
def attempt(tmp_path: Path) -> Try:
    """attempt(text of `tests:` and what goes before) -> what became of the tests."""

    def go(text: str) -> list[Outcome]:
        (tmp_path / "rules.yaml").write_text(RULES)
        path = tmp_path / "some_test.yaml"
        path.write_text("version: 1\nrules: [rules.yaml]\n" + text)
        return [run(case) for case in read_suite(str(path)).cases]

    return go


SHADOWED = """- rule: Broad
  desc: whatever is read below /etc
  condition: evt.type in (open, openat, openat2) and fd.name startswith /etc
  output: "broad (file=%fd.name proc=%proc.name)"
  priority: NOTICE
- rule: Later
  desc: cat
  condition: evt.type in (open, openat, openat2) and fd.name = /etc/ld.so.cache and proc.name = cat
  output: "later (file=%fd.name)"
  priority: NOTICE
"""
EXCEPTION = "  exceptions: [{name: cats, fields: [proc.name], comps: [=], values: [[cat]]}]\n"


@pytest.fixture
def shadowed(tmp_path: Path) -> tuple[Path, Path]:
    """Two rule files: the second one's exception uncovers a rule that is shadowed in the first."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(SHADOWED)
    second.write_text(SHADOWED.replace("  priority: NOTICE\n", "  priority: NOTICE\n" + EXCEPTION, 1))
    return first, second
