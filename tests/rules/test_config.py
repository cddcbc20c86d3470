"""The configuration: keys of falco.yaml with its defaults, options, and what it says of rule files and lost events."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import UsageError
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.config_tree import read
from pysysdig.rules.drops import DropPolicy


def test_options_of_rules() -> None:
    config = RuleConfig(read("", ["rules[].disable.rule=R*", "rules[1].enable.tag=x", "priority=ERROR", "rule_matching=all"]))
    assert [(s.enable, s.rule, s.tag) for s in config.rules] == [(False, "R*", ""), (True, "", "x")]
    assert (config.priority, config.rule_matching) == (3, "all")


def test_policy_about_lost_events() -> None:
    assert RuleConfig().syscall_event_drops == DropPolicy(0, frozenset({"alert"}), 1, 1)
    config = RuleConfig(read("", ["syscall_event_drops.actions[0]=log", "syscall_event_drops.actions[1]=exit"]))
    assert config.syscall_event_drops == DropPolicy(0.1, frozenset({"log", "exit"}), 0.03333, 1)
    config = RuleConfig(read("", ['syscall_event_drops={"threshold": 0.5, "rate": 2, "max_burst": 3, "simulate_drops": true}']))
    assert config.syscall_event_drops == DropPolicy(0.5, frozenset(), 2, 3, True)


def test_rule_files_of_the_configuration_may_be_missing(tmp_path: Path) -> None:
    there = tmp_path / "a.yaml"
    there.touch()
    config = RuleConfig(read("", [f"rules_files[0]={there}", "rules_files[1]=/no/such.yaml"]))
    assert config.rule_paths([]) == [str(there)]
    assert config.rule_paths(["/no/other.yaml"]) == ["/no/other.yaml"]
    for nothing in (RuleConfig(), RuleConfig(read("", ["rules_file=/no/such.yaml"]))):
        with pytest.raises(UsageError, match="no rules"):
            nothing.rule_paths([])
    there.unlink()
    with pytest.raises(UsageError, match="no rules: no .yaml or .yml files"):
        config.rule_paths([str(tmp_path)])


def test_engine_of_the_configuration() -> None:
    capture = "engine.replay.capture_file=x.scap"
    assert RuleConfig(read("", [capture])).capture_file == "x.scap"
    assert RuleConfig(read("", ["engine.kind=replay", capture])).capture_file == "x.scap"
    assert RuleConfig(read("", ["engine.kind=modern_ebpf", capture])).capture_file == ""


def test_config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEVEL", "notice")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.yaml").write_text("rules_files: [b.yaml]\njson_output: true\n")
    main = tmp_path / "falco.yaml"
    main.write_text(
        f"config_files: [{tmp_path}/more, {tmp_path}/missing]\nrules_files: [a.yaml]\npriority: ${{LEVEL}}\n"
        "engine: {kind: replay, replay: {capture_file: x.scap}}\nunknown: {a: [1, 2]}\n"
        "append_output:\n  - suggested_output: true\n    match: {source: syscall}\n"
    )
    config = RuleConfig(read(str(main), ["json_output=false"]))
    assert config.rules_files == ["a.yaml", "b.yaml"]
    assert (config.priority, config.json_output, config.capture_file) == (5, False, "x.scap")
    assert config.append_output[0].suggested_output
