"""What people type to find rules."""

from __future__ import annotations

import pytest

from pysysdig.errors import UsageError
from pysysdig.rules.model import parse_priority
from pysysdig.rules.search import Search

RULES = [
    ("Read shadow", "Error", ("mitre_credential_access", "fs"), "syscall", True),
    ("Shell in pod", "Notice", ("mitre_execution",), "k8s_audit", True),
    ("Write below etc", "Warning", (), "syscall", False),
]


def found(text: str) -> list[str]:
    search = Search.parse(text)
    out = []
    for name, priority, tags, source, enabled in RULES:
        number = parse_priority(priority)
        assert number is not None
        if search.fits(name, number, tags, source, enabled):
            out.append(name.split()[0])
    return out


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["Read", "Shell", "Write"]),
        ("SHADOW", ["Read"]),
        ("e read", ["Read"]),
        ("prio>=warning", ["Read", "Write"]),
        ("prio>warning", ["Read"]),
        ("prio<warning", ["Shell"]),
        ("priority<=Warning", ["Shell", "Write"]),
        ("prio=notice", ["Shell"]),
        ("prio:error", ["Read"]),
        ("prio>=warning prio<=warning", ["Write"]),
        ("prio>=info tag:mitre", ["Read", "Shell"]),
        ("tag:mitre tag:fs", ["Read"]),
        ("source:k8s_audit", ["Shell"]),
        ("source:k8s_audit source:syscall on:no", ["Write"]),
        ("on:yes", ["Read", "Shell"]),
        ("enabled:false", ["Write"]),
    ],
)
def test_what_is_found(text: str, names: list[str]) -> None:
    assert found(text) == names


def test_an_alert_does_not_say_whether_its_rule_is_on() -> None:
    assert Search.parse("on:no").fits("R", 4, (), "syscall")


@pytest.mark.parametrize(
    ("text", "said"), [("prio>=loud", "no priority 'loud'"), ("prio:", "no priority ''"), ("on:maybe", "yes or no")]
)
def test_mistakes(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Search.parse(text)
