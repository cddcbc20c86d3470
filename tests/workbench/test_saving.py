"""Synthetic events as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.workbench.saving import save
from pysysdig.workbench.session import Chosen
from tests.conftest import Call
from tests.workbench.conftest import RULES

TESTS = """
version: 1
rules: [rules.yaml]
machine:
  containers: {web: {image: "docker.io/library/nginx:1.25"}}
  processes: {nginx: {container: web, started: 1h}}
tests:
- name: "a shell / in a container"
  generation: GENERATION
  events:
  - {by: nginx, fork: sh}
  - {by: sh, exec: {exe: /bin/bash, tty: 34816}}
  - {by: evil, open: /etc/shadow}
  expect: [Shell, Read shadow]
"""


@pytest.mark.parametrize("generation", ["current", "enter-exit"])
def test_a_run_on_the_file_raises_the_alerts_of_the_test(tmp_path: Path, call_cli: Call, generation: str) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "a_test.yaml").write_text(TESTS.replace("GENERATION", generation))
    some = Chosen((str(tmp_path),))
    (path,) = save(some.cases(some.suites()), str(tmp_path / "out"))
    result = call_cli("-r", path, "--rules", tmp_path / "rules.yaml")
    assert [line.partition(": ")[2] for line in result.stdout.decode().splitlines()[:2]] == [
        "Notice shell (parent=nginx image=docker.io/library/nginx:1.25 ns=<NA> tty=34816)",
        "Warning shadow read (user=root command=evil container=host)",
    ]


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "a_test.yaml").write_text(TESTS.replace("GENERATION", "current"))
    some = Chosen((str(tmp_path),))
    with pytest.raises(PysysdigError, match="can't write"):
        save(some.cases(some.suites()), str(tmp_path / "rules.yaml"))
