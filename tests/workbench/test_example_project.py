"""examples/rules: the project, and the suites of Falco's own rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.filter.compiler import hosts_given
from pysysdig.rules.load import load_rules
from pysysdig.workbench.saving import save
from pysysdig.workbench.session import Chosen, outcomes
from pysysdig.workbench.verdict import PASSED
from tests.conftest import Call

FILES = ("falco", "falco-incubating", "falco-sandbox")
SUITES = ("containers", "files", "network", "processes")


def official(root: Path, shared: Path, suite: str) -> Chosen:
    rules = tuple(str(shared / "rules" / f"current_{name}_rules.yaml") for name in FILES)
    return Chosen((str(root / "examples" / "rules" / "official" / f"{suite}_test.yaml"),), rules)


def test_the_project_passes_and_is_linted_and_laid_out(root: Path, call_cli: Call) -> None:
    project = root / "examples" / "rules"
    result = call_cli("rules", "test", project / "tests", "--min-coverage", "rule=100,clause=60")
    assert result.returncode == 0, result
    assert call_cli("rules", "lint", project / "rules" / "shop.yaml").returncode == 0
    assert call_cli("rules", "fmt", "--check", project / "rules" / "shop.yaml").returncode == 0


@pytest.mark.parametrize("suite", SUITES)
def test_the_official_rules_do_what_their_tests_say(root: Path, shared: Path, suite: str) -> None:
    some = official(root, shared, suite)
    found = list(outcomes(some.cases(some.suites()), some))
    assert {o.status for o in found} == {PASSED}, [(o.case.name, o.reason, o.problems) for o in found if o.status != PASSED]


def test_most_of_the_official_rules_have_a_test_that_fires_and_one_that_is_silent(root: Path, shared: Path) -> None:
    chosen = [official(root, shared, suite) for suite in SUITES]
    some = [case for one in chosen for case in one.cases(one.suites())]
    fires = {case.only[0] for case in some if case.wants}
    silent = {case.only[0] for case in some if not case.wants}
    rules = {rule.name for rule in load_rules([str(shared / "rules" / f"current_{name}_rules.yaml") for name in FILES]).rules}
    assert fires == silent and len(fires & rules) >= 60


@pytest.mark.parametrize("suite", SUITES)
def test_runs_on_their_events_raise_the_same_alerts(root: Path, shared: Path, tmp_path: Path, call_cli: Call, suite: str) -> None:
    """Written as captures, and read by a run with --rules."""
    some = official(root, shared, suite)
    cases = [case for case in some.cases(some.suites()) if case.wants]
    wrong = []
    for case, path in zip(cases, save(cases, str(tmp_path)), strict=True):
        rules = [part for file in case.rules for part in ("--rules", file)]
        with hosts_given(dict(case.dns)):
            result = call_cli("-r", path, *rules, "--disable-rule", "*", "--enable-rule", case.only[0])
        if f"   {case.only[0]}: 1" not in result.stdout.decode().splitlines():
            wrong.append((case.name, result.stdout, result.stderr))
    assert not wrong
