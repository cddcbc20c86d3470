"""`pysysdig scan`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Call
from tests.redaction.planted import SECRETS, plant


def test_status_and_places(tmp_path: Path, call_cli: Call) -> None:
    planted = plant(tmp_path)
    strings = tmp_path / "s"
    strings.write_text("\n".join(SECRETS))
    found = call_cli("scan", planted.path, "--strings", strings)
    assert found.returncode == 1 and b"event 4, openat, name" in found.stdout
    assert not [text for text in SECRETS if text.encode() in found.stdout]
    strings.write_text("nowhere to be found")
    assert (call_cli("scan", planted.path, "--strings", strings).returncode) == 0
    assert call_cli("scan", planted.path).returncode == 1  # patterns: the password in the URL


def test_what_could_not_be_read_counts_most(tmp_path: Path, call_cli: Call) -> None:
    planted = plant(tmp_path)
    done = call_cli("scan", tmp_path / "none", planted.path)
    assert done.returncode == 2 and done.stdout and done.stderr.count(b"\n") == 1


def test_json(tmp_path: Path, call_cli: Call) -> None:
    planted = plant(tmp_path)
    lines = call_cli("scan", planted.path, "-j").stdout.splitlines()
    assert {"file", "where", "what"} == json.loads(lines[0]).keys()


def test_nothing_named(call_cli: Call) -> None:
    done = call_cli("scan")
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1


def test_there_is_an_end_to_findings(tmp_path: Path, call_cli: Call) -> None:
    path = tmp_path / "x.csv"
    path.write_text("password=correcthorse\n" * 1500)
    done = call_cli("scan", path)
    assert done.returncode == 1 and len(done.stdout.splitlines()) == 1000
    assert b"more than 1000 findings" in done.stderr and done.stderr.count(b"\n") == 1
