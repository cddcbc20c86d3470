"""SARIF: valid, with places in code points."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pysysdig.workbench.lint.run import lint
from pysysdig.workbench.lint.sarif import sarif
from pysysdig.workbench.lint.settings import LintSettings
from tests.workbench.lint.conftest import rule

TEXT = "# pysysdig: ignore PS003\n" + rule("evt.type=open and proc.name in (\U0001f600ä) and proc.aname != a", "Ä \\e[1m")


def log(text: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(sarif(lint([("dir/ä b.yaml", text.encode())], LintSettings())))
    return made


def test_places_are_code_points() -> None:
    run = log(TEXT)["runs"][0]
    (result,) = [r for r in run["results"] if r["ruleId"] == "PS005"]
    place = result["locations"][0]["physicalLocation"]
    assert run["columnKind"] == "unicodeCodePoints"
    line = TEXT.splitlines()[place["region"]["startLine"] - 1]
    assert line[place["region"]["startColumn"] - 1 : place["region"]["endColumn"] - 1] == "proc.aname != a"
    assert place["artifactLocation"] == {"uri": "dir/%C3%A4%20b.yaml", "uriBaseId": "SRCROOT"}
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "PS005"


def test_fixes_and_suppressions() -> None:
    (result,) = [r for r in log(TEXT)["runs"][0]["results"] if r["ruleId"] == "PS003"]
    assert result["suppressions"] == [{"kind": "inSource"}]
    (replacement,) = result["fixes"][0]["artifactChanges"][0]["replacements"]
    assert replacement["insertedContent"]["text"] == "evt.type in (open, openat, openat2)"


def test_fingerprints_do_not_depend_on_the_line() -> None:
    def prints(text: str) -> list[dict[str, str]]:
        return [r["partialFingerprints"] for r in log(text)["runs"][0]["results"]]

    assert prints(TEXT) == prints("# more\n\n" + TEXT) and len({str(p) for p in prints(TEXT)}) == len(prints(TEXT))


def test_all_kinds_are_described_on_a_clean_run() -> None:
    run = log(rule("evt.type=close"))["runs"][0]
    ids = [r["id"] for r in run["tool"]["driver"]["rules"]]
    assert run["results"] == [] and {f"PS{n:03}" for n in range(1, 16)} <= set(ids) and "LOAD_ERR_VALIDATE" in ids


def test_valid_against_the_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    path = os.environ.get("SARIF_SCHEMA", "")
    if not path or not Path(path).is_file():
        pytest.skip("the schema of SARIF is not here (SARIF_SCHEMA names no file): its licence is not ours to bundle")
    schema = json.loads(Path(path).read_text())
    for text in (TEXT, rule("evt.type=close"), rule("evt.type=nosuch"), "- ["):
        jsonschema.validate(log(text), schema)
