"""`pysysdig rules diff`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Result
from tests.workbench.conftest import SHADOWED

CallCli = Callable[..., Result]


def test_rules(call_cli: CallCli, tmp_path: Path) -> None:
    a, b = tmp_path / "a.yaml", tmp_path / "b.yaml"
    a.write_text(SHADOWED)
    b.write_text(SHADOWED.replace("with /etc\n", "with /usr\n"))
    same = call_cli("rules", "diff", a, a)
    assert (same.returncode, same.stdout) == (0, b"no rule differs\n")
    other = call_cli("rules", "diff", a, b)
    assert other.returncode == 1 and b"  - fd.name startswith /etc\n  + fd.name startswith /usr\n" in other.stdout
    assert json.loads(call_cli("rules", "diff", a, b, "-f", "json").stdout)["rules"][0]["rule"] == "Broad"


def test_alerts_of_two_runs(call_cli: CallCli, root: Path, tmp_path: Path) -> None:
    rules = tmp_path / "a.yaml"
    rules.write_text(SHADOWED)
    alerts = call_cli("-r", root / "captures" / "demo.scap", "--rules", rules, "-j").stdout.splitlines(True)
    (tmp_path / "a").write_bytes(b"".join(alerts))
    (tmp_path / "b").write_bytes(b"".join(alerts[1:]))
    assert call_cli("rules", "diff", tmp_path / "a", tmp_path / "a").returncode == 0
    found = call_cli("rules", "diff", tmp_path / "a", tmp_path / "b")
    assert found.returncode == 1 and found.stdout.startswith(b"- 1 x Broad  fd.name=/etc/ld.so.cache proc.name=a1_pipelines.sh")


def test_traces(call_cli: CallCli, root: Path, tmp_path: Path) -> None:
    rules = tmp_path / "a.yaml"
    rules.write_text(SHADOWED)
    demo, other = (root / "captures" / name for name in ("demo.scap", "syscalls.scap"))
    assert call_cli("rules", "diff", "--rules", rules, demo, demo).returncode == 0
    found = call_cli("rules", "diff", "--rules", rules, demo, other, "--fields", "fd.name")
    assert found.returncode == 1 and b"- 2 x Broad  fd.name=/etc/ld.so.cache" in found.stdout, found
    assert call_cli("rules", "diff", "--rules", rules, demo, tmp_path / "none").returncode == 2


def test_mistakes(call_cli: CallCli, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("- rule: x")
    for words in (["x"], [bad, bad], [tmp_path / "none.yaml", bad], [bad, tmp_path / "none"]):
        result = call_cli("rules", "diff", *words)
        assert result.returncode == 2 and result.stderr and b"Traceback" not in result.stderr
