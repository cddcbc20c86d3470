"""Configurations as trees: files, options, and what is no configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pysysdig.errors import UsageError
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.config_tree import at, read


@pytest.mark.parametrize(
    "option",
    ["nothing", "=x", "a..b=1", "a[x]=1", "a[1=1", "a[99999999]=1", "priority=urgent", "rule_matching=some", "rules[0].enable=x",
     "rules[]=x", "append_output[]=x", "a\\=1", "a[0]b=1", "x={a: [}", "engine.kind=replay",
     "syscall_event_drops.threshold=1.1", "syscall_event_drops.threshold=-1",
     "syscall_event_drops.rate=x", "syscall_event_drops.actions[0]=shout", 'syscall_event_drops={actions: [ignore, log]}',
     "{rules_file: a, rules_files: [b]}"],
)  # fmt: skip
def test_bad_options(option: str) -> None:
    with pytest.raises(UsageError):
        RuleConfig(read("", [option]))


def test_unreadable_configuration(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read(str(tmp_path / "none.yaml"))
    bad = tmp_path / "bad.yaml"
    for text in ("- a\n", "a: [\n", "a: &x [*x]\n"):
        bad.write_text(text)
        with pytest.raises(UsageError):
            read(str(bad))


@pytest.mark.parametrize(
    ("option", "path", "value"),
    [("a.b=1", "a.b", "1"), ("a.b[]=x", "a.b", ["x"]), ("a.b={c: d}", "a.b.c", "d"), ("a=", "a", None)],
)
def test_options_are_put_into_the_tree(option: str, path: str, value: Any) -> None:
    assert at(read("", [option]), path) in (value, "" if value is None else value)
