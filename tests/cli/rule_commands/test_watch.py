"""`rules test --watch`."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pysysdig.cli.rule_commands.watch import again_and_again
from pysysdig.workbench.session import Chosen


def test_a_change_of_a_rule_file_runs_the_tests_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("[]")
    (tmp_path / "a_test.yaml").write_text(
        "version: 1\nrules: [rules.yaml]\ntests: [{name: t, events: [{by: a, open: /x}], expect: []}]\n"
    )
    runs = []

    def once() -> int:
        runs.append(rules.read_text())
        if len(runs) == 1:
            threading.Timer(0.1, rules.write_text, ["- list: x\n  items: []"]).start()
            return 0
        raise KeyboardInterrupt

    assert again_and_again(once, Chosen((str(tmp_path),))) == 0
    assert runs == ["[]", "- list: x\n  items: []"] and "waiting for changes" in capsys.readouterr().err
