"""Commands beside sysdig's command line."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from pysysdig.cli.commands import COMMANDS, find
from pysysdig.cli.rule_commands import VERBS
from tests.conftest import Call

RULE = "- rule: Cat\n  desc: d\n  condition: proc.name=cat\n  output: o\n  priority: INFO\n"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULE)
    return path


def test_the_first_word_alone_decides(call_cli: Call, root: Path) -> None:
    assert find(["rules", "list"]) is COMMANDS[0]
    for argv in ([], ["-q", "rules"], ["--", "rules"], ["rule"], [""]):
        assert find(argv) is None
    for words in (["--", "rules"], ["-r", root / "captures" / "udp.scap", "rules"]):
        assert b"unexpected identifier 'rules'" in call_cli(*words).stderr


@pytest.mark.parametrize("command", [*COMMANDS, *VERBS], ids=lambda c: c.name)
def test_each_is_there_and_told_of(command: Any, call_cli: Call) -> None:
    assert callable(import_module(command.module).run)
    words = ["rules", command.name] if command in VERBS else [command.name]
    told = call_cli(*words, "--help")
    assert told.returncode == 0 and told.stdout.startswith(f"Usage: pysysdig {' '.join(words)} ".encode())
    page = call_cli("rules", "--help") if command in VERBS else call_cli("--help")
    assert command.name.encode() in page.stdout and command.summary.encode() in page.stdout


@pytest.mark.parametrize(
    ("words", "as_options"),
    [
        (["validate", "F"], ["--validate", "F"]),
        (["validate", "F", "-j"], ["-j", "--validate", "F"]),
        (["validate", "/nonexistent.yaml"], ["--validate", "/nonexistent.yaml"]),
        (["describe", "Cat", "F"], ["--rules", "F", "--describe-rule", "Cat"]),
        (["describe", "Nosuch", "F"], ["--rules", "F", "--describe-rule", "Nosuch"]),
    ],
)
def test_verbs_are_what_options_are(call_cli: Call, rules: Path, words: list[str], as_options: list[str]) -> None:
    ours = call_cli("rules", *(w.replace("F", str(rules)) for w in words))
    theirs = call_cli(*(w.replace("F", str(rules)) for w in as_options))
    assert (ours.returncode, ours.stdout, ours.stderr) == (theirs.returncode, theirs.stdout, theirs.stderr)
    assert ours.stdout or ours.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["validat"], "pysysdig: rules: unknown command validat; did you mean validate?"),
        (["xyz"], "pysysdig: rules: unknown command xyz; there are validate, list, describe"),
        (["validate"], "pysysdig: rules validate: which files?"),
        (["describe"], "pysysdig: rules describe: which rule?"),
        (["list", "-q"], "pysysdig: invalid option -- 'q'"),
        (["validate", "--config"], "pysysdig: option '--config' requires an argument"),
    ],
)
def test_mistakes(call_cli: Call, words: list[str], said: str) -> None:
    result = call_cli("rules", *words)
    assert result.returncode == 1 and not result.stdout
    assert result.stderr.decode().startswith(said) and result.stderr.count(b"\n") == 1


def test_completion(run_cli: Call) -> None:
    def completed(*words: str) -> list[str]:
        env = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1), "_PYSYSDIG_COMPLETE": "bash_complete"}
        return run_cli(env=env).stdout.decode().split()

    assert completed("pysysdig", "rul") == ["plain,rules"]
    assert completed("pysysdig", "rules", "v") == ["plain,validate"]
    assert completed("pysysdig", "rules", "validate", "x") == ["file,x"]
