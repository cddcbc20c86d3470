"""`pysysdig rules test`: statuses, one for tests that fail, another for files that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Call
from tests.rules.texts import rule

TEST = """version: 1
rules: [r.yaml]
tests:
- name: opening
  events: [{by: cat, open: /etc/shadow}]
  expect: [%s]
"""


@pytest.mark.parametrize(("expect", "status"), [("Opened", 0), ("", 1), ("No such rule", 2)])
def test_statuses(expect: str, status: int, tmp_path: Path, call_cli: Call) -> None:
    (tmp_path / "r.yaml").write_text(rule("evt.type in (open, openat)", "Opened"))
    test = tmp_path / "a_test.yaml"
    test.write_text(TEST % expect)
    got = call_cli("rules", "test", test)
    assert (got.returncode == 0) is (status == 0), got
    assert b"opening" in got.stdout + got.stderr or status == 0


def test_a_file_that_is_none(tmp_path: Path, call_cli: Call) -> None:
    test = tmp_path / "a_test.yaml"
    test.write_text("tests: {\n")
    got = call_cli("rules", "test", test)
    assert got.returncode == 2 and str(test).encode() in got.stderr and b"Traceback" not in got.stderr
