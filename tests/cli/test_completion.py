"""Completion of the command line, by shells."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Call


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(run_cli: Call, shell: str) -> None:
    result = run_cli("--completion", shell)
    assert result.returncode == 0 and b"_PYSYSDIG_COMPLETE" in result.stdout


def test_completion(run_cli: Call) -> None:
    def completed(words: str) -> list[str]:
        env = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")), "_PYSYSDIG_COMPLETE": "bash_complete"}
        return [line.split(",")[1] for line in run_cli(env=env).stdout.decode().splitlines()]

    assert completed("pysysdig --tim") == ["--timetype"]
    assert "proc.name" in completed("pysysdig -r f proc.n")
    assert completed("pysysdig -r f proc.name contain") == ["contains"]


def test_completion_of_values(run_cli: Call, tmp_path: Path) -> None:
    """bash takes `=` for a word of its own, zsh does not; bash inserts what it gets as it is."""

    def completed(shell: str, *words: str) -> list[str]:
        env = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1), "_PYSYSDIG_COMPLETE": f"{shell}_complete"}
        lines = run_cli(env=env).stdout.decode().splitlines()
        return [line.split(",")[1] for line in lines] if shell == "bash" else lines[1::3]

    assert completed("bash", "pysysdig", "evt.type", "=", "openat2") == ["openat2"]
    assert {"file", "ipv4", "unix"} <= set(completed("bash", "pysysdig", "-r", "f", "fd.type", "="))
    assert completed("bash", "pysysdig", "fd.type!", "=", "sig") == ["signalfd"]
    assert completed("zsh", "pysysdig", "(fd.type=sig") == ["(fd.type=signalfd"]
    assert completed("zsh", "pysysdig", "evt.failed!=t") == ["evt.failed!=true"]
    assert completed("zsh", "pysysdig", "proc.name=") == []
    assert "proc.pname" in completed("zsh", "pysysdig", "evt.type=open", "and", "proc.pn")

    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "- rule: Two words\n  desc: d\n  condition: evt.num=1\n  output: o\n  priority: INFO\n  tags: [noise]\n"
        "- rule: Other\n  desc: d\n  condition: evt.num=1\n  output: o\n  priority: INFO\n"
    )
    assert completed("zsh", "pysysdig", "--rules", str(rules), "--describe-rule", "T") == ["Two words"]
    assert completed("bash", "pysysdig", "--validate", str(rules), "--enable-rule", "T") == [r"Two\\ words"]
    assert completed("zsh", "pysysdig", "--rules", str(rules), "--disable-tag", "") == ["noise"]
    rules.write_text("- rule: Broken")
    assert completed("zsh", "pysysdig", "--rules", str(rules), "--describe-rule", "") == []


def test_choices_are_values_of_the_fields(call_cli: Call, root: Path) -> None:
    """What is offered is what events have, and no filter on it is refused."""
    from pysysdig.fields.choices import _KNOWN, choices
    from pysysdig.filter import compile_filter

    for name in _KNOWN:
        for value in choices(name):
            compile_filter(f"{name}={value}")
    for name in ("evt.type", "evt.dir", "evt.category", "fd.type", "fd.sockfamily"):
        out = call_cli("-r", root / "captures" / "udp.scap", "-p", f"%{name}").stdout.decode()
        assert set(out.split()) - {"<NA>"} <= set(choices(name)) and out


def test_unknown_shell(call_cli: Call) -> None:
    result = call_cli("--completion", "tcsh")
    assert result.returncode == 1 and result.stderr == b"pysysdig: no completion for 'tcsh': choose bash, zsh or fish\n"
