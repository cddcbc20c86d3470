"""The same output as the real programs, for the captures that are in the repository."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.archives import unpack
from tests.conftest import Call
from tests.rules.conformance_validate import compare, load_cases

GOLDEN = Path(__file__).with_name("golden")
MANIFEST: dict[str, list[dict[str, Any]]] = json.loads((GOLDEN / "manifest.json").read_text())


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory with what was recorded."""
    target = tmp_path_factory.mktemp("golden")
    with tarfile.open(GOLDEN / "outputs.tar.xz") as archive:
        unpack(archive, target)
    return target


def cases(kind: str) -> list[Any]:
    """Parameters of a test; printing one field of every event is not for the quick run."""
    slow = [pytest.mark.slow]
    return [pytest.param(case, id=case["id"], marks=slow if ".field." in case["id"] else []) for case in MANIFEST[kind]]


def comparable(text: bytes, how: str) -> list[bytes]:
    """Lines; where the reference leaves ties in any order, in ours; where it cuts its table among them, the first column."""
    lines = text.split(b"\n")
    if how == "first_column":
        lines = [(line.split() or [b""])[0] for line in lines]
    return lines if how == "exact" else sorted(lines)


@pytest.mark.parametrize("case", cases("sysdig"))
def test_as_sysdig(case: dict[str, Any], recorded: Path, root: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    done = call_cli("-r", root / "captures" / case["capture"], *case["args"])
    if case["rc"]:
        assert done.returncode and done.stderr
        return
    assert done.returncode == 0, done.stderr
    how = case.get("compare", "exact")
    assert comparable(done.stdout, how) == comparable((recorded / "sysdig" / case["id"]).read_bytes(), how)


@pytest.mark.parametrize("case", cases("libs"))
def test_as_the_current_libraries(case: dict[str, Any], recorded: Path, root: Path, call_cli: Call) -> None:
    done = call_cli("-r", root / "captures" / case["capture"], *case["args"])
    wanted = (recorded / "libs" / case["id"]).read_bytes()
    assert [line.rstrip() for line in done.stdout.split(b"\n")] == [line.rstrip() for line in wanted.split(b"\n")]


@pytest.mark.parametrize("case", cases("alerts"))
def test_as_falco(case: dict[str, Any], recorded: Path, root: Path, call_cli: Call) -> None:
    arguments: list[object] = ["-r", root / "captures" / case["capture"], "-j"]
    for name in case["rules"]:
        arguments += ["--rules", recorded / name.removeprefix("golden_")]
    for option in case.get("opts", []):
        arguments += ["-o", option]
    lines = call_cli(*arguments).stdout.decode().splitlines()
    got = [json.loads(line) for line in lines if line.startswith("{")]
    wanted = [json.loads(line) for line in (recorded / "alerts" / case["id"]).read_text().splitlines()]
    for alert in got + wanted:
        alert.pop("hostname", None)
    assert [a for a in got if "rule" in a] == wanted and wanted


def test_rule_files_are_judged_as_by_falco(recorded: Path) -> None:
    """Status, codes, item types and places, compiled conditions and whole descriptions of small files."""
    directory = recorded / "validate"
    found = load_cases(directory)
    wrong = []
    for name, expected in found:
        differences = compare(directory, name, expected)
        wrong += [(name, level, differences[level]) for level in ("verdict", "condition", "describe") if differences[level]]
    assert found and wrong == []
