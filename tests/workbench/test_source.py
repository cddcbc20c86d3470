"""Rule files as they are written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.errors import PysysdigError
from pysysdig.workbench.source import RuleFile, read_files, sources

TEXT = """# about all
- required_engine_version: 0.26.0

# about m
- macro: m
  condition: (proc.name=a)
- rule: R  # name
  condition: and m
  override: {condition: append}
- rule: S
  enabled: false
- rule: R
  desc: d
  condition: evt.type=close
  output: o
  priority: INFO
"""


def test_items_know_their_kind_lines_and_comments() -> None:
    items = RuleFile("a.yaml", TEXT.encode()).items
    assert [(i.kind, i.name, i.new) for i in items] == [
        ("macro", "m", True), ("rule", "R", False), ("rule", "S", False), ("rule", "R", True),
    ]  # fmt: skip
    assert items[0].text.startswith("# about m\n") and items[1].appends("condition") and not items[1].appends("output")


@pytest.mark.parametrize("style", ["{}", "'{}'", '"{}"', ">\n    {}", "|\n    {}", "|-\n\n      {}"])
@given(words=st.lists(st.sampled_from(["a.b=1", "and", "ä=ö", "((", ")", "x''y", '"q"'[:1]]), min_size=1, max_size=8))
def test_each_character_of_a_scalar_is_found(style: str, words: list[str]) -> None:
    words = [w for w in words if not (style[0] == '"' and '"' in w) and not (style[0] not in "'>|\"" and w[0] in "'\"")]
    value = "\n      ".join(words) if style[0] not in '"' else " ".join(words)
    if style == "'{}'":
        value = value.replace("x''y", "x''''y")
    text = f"- macro: m\n  condition: {style.format(value or 'z')}\n"
    item = RuleFile("a.yaml", text.encode()).items[0]
    written = item.condition
    if written is None:
        return
    for at, char in enumerate(written.text):
        if not char.isspace():
            start, end = written.chars(at, at + 1)
            assert text[start] == char, (text, written.text, at)


def test_files_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TEXT.split("- rule: R  #")[0])
    (tmp_path / "b.yaml").write_bytes(b"- [")
    read = sources(read_files([str(tmp_path)]))
    assert [f.name for f in read.files] == [str(tmp_path / "a.yaml")] and not read.rule_set.successful
    for path in ("nosuch.yaml", "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(PysysdigError):
            read_files([str(tmp_path / path)])
