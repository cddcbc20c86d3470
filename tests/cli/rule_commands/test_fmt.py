"""`pysysdig rules fmt`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.conftest import Result

CallCli = Callable[..., Result]
BAD = "- list: a\n  items: [ x,y ]\n"


def test_checking_showing_writing(call_cli: CallCli, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(BAD)
    checked = call_cli("rules", "fmt", "--check", path)
    assert checked.returncode == 1 and b"would be laid out anew" in checked.stdout
    shown = call_cli("rules", "fmt", "--diff", path)
    assert shown.returncode == 1 and b"+  items: [x, y]\n" in shown.stdout and path.read_text() == BAD
    assert call_cli("rules", "fmt", path).returncode == 0 and "[x, y]" in path.read_text()
    again = call_cli("rules", "fmt", "--check", path)
    assert (again.returncode, again.stdout) == (0, b"")


def test_mistakes(call_cli: CallCli, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("- [")
    assert call_cli("rules", "fmt", path).returncode == 2
    assert call_cli("rules", "fmt", tmp_path / "none.yaml").returncode == 2
    for words in (["--width", "3", path], []):
        assert b"rules fmt" in call_cli("rules", "fmt", *words).stderr
