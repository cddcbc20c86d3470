"""Configuration and rules, read together."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from pysysdig.cli.serving import compiled
from pysysdig.errors import PysysdigError
from pysysdig.service.config import ServiceConfig
from pysysdig.service.loaded import digest, load, rule_file
from pysysdig.settings import RuleSettings

RULE = "- rule: A\n  desc: d\n  condition: evt.type=openat\n  output: o\n  priority: INFO\n"


def test_everything_that_it_depends_on(tmp_path: Path) -> None:
    (tmp_path / "c.d").mkdir()
    (tmp_path / "a.yaml").write_text(RULE)
    (tmp_path / "f.yaml").write_text(
        f"config_files: [{tmp_path}/c.d]\nrules_files: [{tmp_path}/a.yaml, {tmp_path}/later.yaml]\nload_plugins: [okta]\n"
    )
    found = load(f"{tmp_path}/f.yaml", (), (), lambda config: compiled(RuleSettings(), config))
    assert [rule.name for rule in found.rules.rules] == ["A"]
    assert set(found.paths) == {f"{tmp_path}/{name}" for name in ("f.yaml", "c.d", "a.yaml", "later.yaml")}
    assert found.rule_files[0].sha256 == hashlib.sha256(RULE.encode()).hexdigest()
    assert found.config_files[0].verdict == f"{tmp_path}/f.yaml | schema validation: ok"
    assert found.remarks == ["plugin okta is not supported: rules of its events are passed over"]


def test_deviations_of_rule_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RULE + "  odd: 1\n")
    assert "schema validation: failed for <root>" in rule_file(str(tmp_path / "a.yaml")).verdict
    assert rule_file(str(tmp_path / "none"))[1:] == ([], "") and digest(str(tmp_path / "none")) == ""


def test_rules_with_errors(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RULE.replace("evt.type=openat", "no.such=1"))
    (tmp_path / "f.yaml").write_text("")

    def make(config: ServiceConfig) -> object:
        return compiled(RuleSettings(files=(f"{tmp_path}/a.yaml",)), config)

    with pytest.raises(PysysdigError, match=r"no\.such"):
        load(f"{tmp_path}/f.yaml", (), [f"{tmp_path}/a.yaml"], make)  # type: ignore[arg-type]
