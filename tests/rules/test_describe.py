"""What --list-rules and --describe-rule say."""

from __future__ import annotations

import pytest

from pysysdig.errors import UsageError
from pysysdig.rules.appended import AppendOutput
from pysysdig.rules.describe import describe, describe_rule, list_rules
from pysysdig.rules.load import RuleText, load_rules
from tests.rules.texts import load, rule

TEXT = (
    "- required_engine_version: 0.31.0\n"
    "- list: shells\n  items: [sh, bash]\n"
    "- list: all_shells\n  items: [shells, zsh]\n"
    "- macro: opened\n  condition: evt.type in (open, openat)\n"
    + rule("opened and proc.name in (all_shells)", output="'%proc.name %toupper(fd.name)'", tags="[b, a]")
    + "  exceptions: [{name: e, fields: [fd.name, proc.pname], comps: [startswith, =], values: [[/etc, x]]}]\n"
)


def test_rule() -> None:
    (one,) = describe(load(TEXT), "r")["rules"]
    assert one["info"] == {
        "name": "r", "condition": "opened and proc.name in (all_shells)", "priority": "Informational",
        "output": "%proc.name %toupper(fd.name)", "description": "d", "enabled": True, "source": "syscall", "capture": False,
        "capture_duration": 0, "tags": ["a", "b"],
    }  # fmt: skip
    assert one["details"] == {
        "macros": ["opened"],
        "lists": ["all_shells"],
        "condition_operators": ["in", "startswith", "="],
        "condition_fields": ["evt.type", "proc.name", "fd.name", "proc.pname"],
        "output_fields": ["proc.name", "fd.name", "toupper(fd.name)"],
        "exception_fields": ["fd.name", "proc.pname"],
        "exception_names": ["e"],
        "exception_operators": ["startswith", "="],
        "events": ["asyncevent", "open", "openat"],
        "condition_compiled": (
            "((evt.type in (open, openat) and proc.name in (sh, bash, zsh)) and not (fd.name startswith /etc and proc.pname = x))"
        ),
        "output_compiled": "%proc.name %toupper(fd.name)",
        "plugins": [],
    }


def test_the_plugins_that_falco_needs() -> None:
    for condition, want in (("container.id=x", ["container"]), ("k8smeta.pod.label[a]=x", ["k8smeta"]), ("fd.num=1", [])):
        (one,) = describe(load(rule(f"evt.type=open and {condition}")), "r")["rules"]
        assert one["details"]["plugins"] == want


def test_what_the_configuration_appends() -> None:
    entry = AppendOutput()
    entry.extra_output = "pid=%proc.pid"
    entry.formatted_fields, entry.raw_fields = {"who": "<%user.name>"}, ["fd.num"]
    (one,) = describe(load_rules([RuleText("f", rule("evt.type=open").encode())], [entry]), "r")["rules"]
    assert one["info"]["output"] == "o"
    assert one["details"]["output_compiled"] == "o pid=%proc.pid"
    assert one["details"]["extra_output_formatted_fields"] == {"who": "<%user.name>"}


def test_long_texts_are_wrapped() -> None:
    text = rule("evt.type=open and proc.name in (" + ", ".join(f"program{i}" for i in range(20)) + ")")
    lines = describe_rule(load(text), "r", 60).splitlines()
    assert max(map(len, lines)) <= 60
    assert [line for line in lines if "program19" in line][0].startswith(" " * 14)
    assert describe_rule(load(text), "r").count("\n") < len(lines)


def test_everything() -> None:
    found = describe(load(TEXT), None)
    assert found["required_engine_version"] == "0.31.0"
    assert [m["info"]["name"] for m in found["macros"]] == ["opened"]
    assert found["macros"][0]["details"]["used"] is True
    assert found["lists"][1] == {
        "info": {"name": "all_shells", "items": ["zsh"]},
        "details": {"used": True, "lists": ["shells"], "items_compiled": ["sh", "bash", "zsh"], "plugins": []},
    }


def test_text() -> None:
    shown = describe_rule(load(TEXT), "r")
    assert "Compiled:     ((evt.type in (open, openat)" in shown
    assert "Macros:       opened\n" in shown and "Lists:        all_shells\n" in shown


def test_list() -> None:
    described = " ".join(["word"] * 15)
    lines = list_rules(load(rule("evt.type=open", desc=described))).split("\n")
    assert lines[0] == "Rule" + " " * 47 + "Description"
    assert lines[2] == "r" + " " * 50 + "word " * 11
    assert lines[3] == " " * 51 + "word " * 4
    assert lines[4:] == ["", ""]


def test_unknown_rule() -> None:
    with pytest.raises(UsageError, match='Rule "x" is not loaded'):
        describe(load(TEXT), "x")
