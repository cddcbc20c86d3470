"""No report takes the place of a file that is read."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Result

CallCli = Callable[..., Result]
RULES = """
- rule: Loader
  desc: d
  condition: evt.type=openat and fd.name=/etc/ld.so.cache
  output: o %proc.name
  priority: INFO
"""
TEST = "version: 1\nrules: [rules.yaml]\ntests: [{name: t, events: [{by: a, open: /x}], expect: []}]\n"
FILES = ("rules.yaml", "demo.scap", "a_test.yaml")
WORDS = (
    "words",
    "extract -r demo.scap --rules rules.yaml --event 279 --output TARGET",
    "tune -r demo.scap --rules rules.yaml --allow-weak --write TARGET",
    "tune -r demo.scap --rules rules.yaml --allow-weak --output json:TARGET",
    "backtest -r demo.scap --rules rules.yaml --output json:TARGET",
    "lint rules.yaml --output sarif:TARGET",
    "doc -r demo.scap rules.yaml --output html:TARGET",
    "test a_test.yaml --output json:TARGET",
    "test a_test.yaml --coverage=json:TARGET",
)


@pytest.mark.parametrize(("words", "target"), [(words, file) for words in WORDS for file in FILES if file in words])
def test_inputs_are_spared(call_cli: CallCli, root: Path, tmp_path: Path, words: str, target: str) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "a_test.yaml").write_text(TEST)
    shutil.copy(root / "captures" / "demo.scap", tmp_path / "demo.scap")
    before = (tmp_path / target).read_bytes()
    said = words.replace("TARGET", target).split()
    for name in FILES:
        said = [word.replace(name, str(tmp_path / name)) for word in said]
    result = call_cli("rules", *said)
    assert (tmp_path / target).read_bytes() == before
    assert result.returncode == 2 and b"it is read; write to another file" in result.stderr
