"""Which files are rule files."""

from __future__ import annotations

from pathlib import Path

from pysysdig.rules.files import rule_files
from pysysdig.rules.load import load_rules
from tests.rules.texts import rule


def test_directories_in_order(tmp_path: Path) -> None:
    for name in ("b.yml", "a.yaml", "c.txt"):
        (tmp_path / name).write_text(rule("evt.type=open", name[0]))
    (tmp_path / "sub.yaml").mkdir()
    other = tmp_path / "c.txt"
    assert rule_files([str(other), str(tmp_path), str(other)]) == [str(tmp_path / n) for n in ("c.txt", "a.yaml", "b.yml")]
    assert [r.name for r in load_rules([str(tmp_path)]).rules] == ["a", "b"]


def test_a_file_is_loaded_once(tmp_path: Path) -> None:
    """What cannot be listed stands for itself."""
    for name in ("b.yml", "a.yaml", "c.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "d.yaml").mkdir()
    gone = str(tmp_path / "gone.yaml")
    a, b = str(tmp_path / "a.yaml"), str(tmp_path / "b.yml")
    assert rule_files([b, str(tmp_path), gone]) == [b, a, gone]
