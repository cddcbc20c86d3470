"""What other repositories use of this one: hooks for pre-commit and the action, run as they are written."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Result
from tests.workbench.conftest import EXCEPTION, SHADOWED

CallCli = Callable[..., Result]
TEST = (
    "version: 1\nrules: [../rules/a_rules.yaml]\ntests: [{name: t, events: [{by: cat, open: /etc/x}], expect: [{rule: Broad}]}]\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository of rules; a program `pysysdig` that is this tree's."""
    for folder in ("rules", "tests", "bin", "base"):
        (tmp_path / folder).mkdir()
    (tmp_path / "base" / "a_rules.yaml").write_text(SHADOWED)
    changed = SHADOWED.replace("  priority: NOTICE\n", "  priority: NOTICE\n" + EXCEPTION, 1)
    (tmp_path / "rules" / "a_rules.yaml").write_text(changed)
    (tmp_path / "tests" / "a_test.yaml").write_text(TEST.replace("by: cat", "by: vi"))
    program = tmp_path / "bin" / "pysysdig"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pysysdig "$@"\n')
    program.chmod(0o755)
    return tmp_path


def steps(root: Path) -> dict[str, dict[str, Any]]:
    action = yaml.safe_load((root / "action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    known = set(action["inputs"])
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]  # what is given comes through the environment, never into the script
        for value in step["env"].values():
            found = re.fullmatch(r"\$\{\{ (?:inputs\.([\w-]+)|github\.action_path) \}\}", value)
            assert found is not None and (found[1] is None or found[1] in known), value
    return {step["name"]: step for step in action["runs"]["steps"]}


def run(project: Path, root: Path, name: str, **values: str) -> subprocess.CompletedProcess[str]:
    step = steps(root)[name]
    given = {key: values.get(key, "") for key in step["env"]}
    environment = dict(os.environ, PATH=f"{project / 'bin'}:{os.environ['PATH']}", PYTHONPATH=str(root), **given)
    environment["GITHUB_STEP_SUMMARY"] = str(project / "summary.md")
    script = project / "step.sh"
    script.write_text(step["run"])
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_the_action_lints(project: Path, root: Path) -> None:
    strict = run(project, root, "Lint", RULES="rules\n", LEVEL="note", SARIF="out.sarif")
    assert strict.returncode == 1 and "::notice file=rules/a_rules.yaml,line=3" in strict.stdout, strict
    assert "PS011" in (project / "out.sarif").read_text()
    evil = run(project, root, "Lint", RULES="rules; touch evil $(touch evil)", LEVEL="error", SARIF="out.sarif")
    assert evil.returncode == 2 and not (project / "evil").exists()


def test_the_action_tests(project: Path, root: Path) -> None:
    assert run(project, root, "Test", TESTS="tests\n").returncode == 0
    (project / "tests" / "b_test.yaml").write_text(TEST)
    failed = run(project, root, "Test", TESTS="tests\n")
    assert failed.returncode == 1 and "::error file=tests/b_test.yaml" in failed.stdout, failed


def test_the_action_compares_alerts(project: Path, root: Path) -> None:
    trace = str(root / "captures" / "demo.scap")
    moved = run(project, root, "Backtest", RULES="rules\n", AGAINST="base\n", TRACES=f"{trace}\n", FAIL_ON="any")
    assert moved.returncode == 1, moved
    assert "| Later | 0 | 1 | 0 | 0 | +1 |" in (project / "summary.md").read_text()
    assert run(project, root, "Backtest", RULES="rules", TRACES=trace).returncode == 0


def test_hooks(call_cli: CallCli, root: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hooks = {hook["id"]: hook for hook in yaml.safe_load((root / ".pre-commit-hooks.yaml").read_text())}
    assert set(hooks) == {"falco-rules-lint", "falco-rules-fmt", "falco-rules-test"}
    monkeypatch.chdir(project)
    for hook in hooks.values():
        program, *words = shlex.split(hook["entry"])
        assert program == "pysysdig" and hook["language"] == "python"
        takes = [] if hook.get("pass_filenames") is False else ["rules/a_rules.yaml"]
        if takes:
            assert re.search(hook["files"], "rules/a_rules.yaml") and not re.search(hook["files"], "src/app.py")
            assert re.search(hook["exclude"], "tests/rules_test.yaml")
        assert call_cli(*words, *takes).returncode in (0, 1)
