"""Items of rule files: what each says, and what comes of documents that say nothing."""

from __future__ import annotations

from pysysdig.rules.model import PRIORITIES, parse_priority
from tests.rules.texts import compiled, load, rule


def test_properties() -> None:
    keys = {"priority": "critical", "tags": "[b, a, b]", "enabled": "no", "warn_evttypes": "False", "capture": "yes"}
    (one,) = load(rule("evt.type=open", output='"  o %proc.name \\n"', capture_duration="0x10", **keys)).rules
    assert PRIORITIES[one.priority] == "Critical"
    assert one.tags == ["a", "b"]
    assert (one.enabled, one.capture, one.capture_duration, one.output) == (False, True, 16, "o %proc.name")


def test_priorities() -> None:
    assert [parse_priority(p) for p in ("EMERGENCY", "alert", "Info", "informational", "DEBUG")] == [0, 1, 6, 6, 7]
    assert [parse_priority(p) for p in ("warn", "err", "", "6")] == [None] * 4


def test_documents_and_empty_items() -> None:
    loaded = load("---\n" + rule("evt.type=open", "a") + "---\n---\n- ~\n" + rule("evt.type=open", "b"))
    assert [r.name for r in loaded.rules] == ["a", "b"]
    assert load("").successful and load("# nothing\n").successful


def test_any_language() -> None:
    text = "- list: 程序\n  items: [ls, 猫]\n"
    text += rule("evt.type=openat and proc.name in (程序)", "打开文件", output="一个进程 %proc.name")
    (one,) = load(text).rules
    assert (one.name, one.output) == ("打开文件", "一个进程 %proc.name")
    assert compiled(text, name="打开文件") == "(evt.type = openat and proc.name in (ls, 猫))"
