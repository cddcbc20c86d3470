"""Rule sets of a command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.cli.meanings import Draft
from pysysdig.cli.rule_commands.rule_sets import variants
from pysysdig.errors import PysysdigError
from pysysdig.rules.config import RuleConfig

TEXT = "- rule: R\n  desc: d\n  condition: evt.type=close\n  output: o\n  priority: INFO\n"


def test_each_is_named_and_loaded_when_asked_for(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.yaml").write_text(TEXT.replace("R\n", f"{name}\n"))
    a, b, c = (str(tmp_path / f"{name}.yaml") for name in "abc")
    draft = Draft()
    draft.values["rules.files"] = (a,)
    made = variants(draft, RuleConfig(), [(b,), (b, c)])
    assert [(v.name, v.files, [r.name for r in v.rules]) for v in made] == [
        ("A", (a,), ["a"]), ("B", (b,), ["b"]), ("C", (b, c), ["b", "c"]),
    ]  # fmt: skip
    assert made[2].loaded() is made[2].loaded() and [r.name for r in made[1].loaded().rules] == ["b"]
    with pytest.raises(PysysdigError):
        variants(draft, RuleConfig(), [(str(tmp_path / "none.yaml"),)])
    with pytest.raises(PysysdigError, match="at most"):
        variants(draft, RuleConfig(), [(b,)] * 30)
