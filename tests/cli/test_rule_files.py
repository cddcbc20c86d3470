"""--validate, --list-rules and --describe-rule: rule files without events."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Call
from tests.rules.texts import rule


def test_command_line(tmp_path: Path, call_cli: Call) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(rule("evt.type=open"))
    bad.write_text(rule("evt.type=open and no.such=1", "x", desc='"\\e[31m"'))
    done = call_cli("--validate", good)
    assert (done.returncode, done.stdout) == (0, f"{good}: Ok\n".encode())
    done = call_cli("--validate", good, "--validate", bad, "-j")
    assert done.returncode == 1
    assert [f["successful"] for f in json.loads(done.stdout)["falco_load_results"]] == [True, False]
    done = call_cli("-j", "--validate", good, "--describe-rule", "r")
    assert json.loads(done.stdout)["falco_describe_results"]["rules"][0]["details"]["events"] == ["asyncevent", "open"]
    done = call_cli("--rules", bad, "--list-rules")
    assert (done.returncode, done.stdout) == (1, b"") and b"LOAD_ERR_COMPILE_CONDITION" in done.stderr
    done = call_cli("--rules", good, "--describe-rule", "nosuch")
    assert (done.returncode, done.stderr) == (1, b'pysysdig: Rule "nosuch" is not loaded\n')
    assert call_cli("--validate", tmp_path / "none.yaml").returncode == 1
    assert call_cli("--list-rules").returncode == 1


@pytest.mark.parametrize("options", [("--validate",), ("--list-rules", "--rules"), ("-r", "CAPTURE", "--rules")])
def test_a_missing_file_is_called_missing(options: tuple[str, ...], root: Path, tmp_path: Path, call_cli: Call) -> None:
    """In one line without a place in a file that is not there; what is wrong with the other files is told as well."""
    missing, bad = tmp_path / "missing.yaml", tmp_path / "bad.yaml"
    bad.write_text(rule("evt.type=nosuch"))
    option = options[-1]
    words = [str(root / "captures/demo.scap") if o == "CAPTURE" else o for o in options]
    done = call_cli(*words, missing)
    line = f"Error: Could not open file {missing} for reading: No such file or directory\n".encode()
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", line)
    if option == "--rules" and "-r" in options or option == "--validate":
        done = call_cli(*words, missing, option, bad)
        assert line in done.stderr and b"unknown event type nosuch" in done.stdout + done.stderr
