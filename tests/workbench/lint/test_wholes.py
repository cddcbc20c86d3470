"""What is said of rules with everything in them."""

from __future__ import annotations

import pytest

from tests.workbench.lint.conftest import Lint, rule


@pytest.mark.parametrize(
    ("condition", "level"),
    [
        ("evt.type=close and evt.type=openat2", "warning"),
        ("evt.type=close and evt.dir=>", "warning"),
        ("evt.type=procexit and evt.dir=>", None),
        ("evt.type=close and proc.name=a and not proc.name in (a, b)", "warning"),
        ("not evt.num >= 0 and evt.type=close", "note"),
        ("evt.type=close and (evt.num=0)", "note"),
        ("evt.type=close and proc.name=a", None),
    ],
)
def test_rules_that_cannot_fire(lint_text: Lint, condition: str, level: str | None) -> None:
    assert [f.level for f in lint_text(rule(condition), only="PS002")] == ([level] if level else [])


def test_shadowing_is_told_of_the_later_rule(lint_text: Lint) -> None:
    broad = rule("evt.type in (open, openat) and fd.name startswith /etc and not proc.name=cat", "Broad")
    cases = {
        "evt.type=openat and fd.name=/etc/x and proc.name=vi": ["Late"],
        "evt.type=openat and fd.name=/etc/x": [],  # cat may open it
        "evt.type=openat2 and fd.name=/etc/x and proc.name=vi": [],
    }
    for condition, shadowed in cases.items():
        found = lint_text(broad + rule(condition, "Late"), only="PS007")
        assert [f.item for f in found] == shadowed
        assert lint_text(rule(condition, "Late") + broad, only="PS007") == []
    off = broad + "  enabled: false\n" + rule(next(iter(cases)), "Late")
    assert lint_text(off, only="PS007") == []


@pytest.mark.parametrize(
    ("more", "expected"), [("", 1), (" and fd.num>=0", 0), (" and evt.failed=false", 0), (" and evt.res=0", 0)]
)
def test_failed_calls(lint_text: Lint, more: str, expected: int) -> None:
    condition = f"evt.type in (open, openat, openat2) and fd.name=/etc/shadow{more}"
    assert len(lint_text(rule(condition), only="PS011")) == expected


def test_outputs_of_fields_that_the_events_lack(lint_text: Lint) -> None:
    output = "'%fd.name %proc.name %evt.arg.target'"
    found = lint_text(rule("evt.type in (execve, execveat)", output=output), only="PS012")
    assert [f.text[f.start : f.end] for f in found] == ["%fd.name", "%evt.arg.target"]
    assert lint_text(rule("evt.type in (symlink, openat)", output=output), only="PS012") == []


def test_many_rules_and_rows(lint_text: Lint) -> None:
    """So many that not each is compared with each."""
    many = "".join(rule(f"evt.type=openat and fd.name=/x{n}", f"R{n}") for n in range(320))
    late = rule("evt.type=openat and fd.name=/x7 and proc.name=a", "Late")
    assert [f.item for f in lint_text(many + late, only="PS007")] == ["Late"]
    rows = ", ".join(f"[p{n}, /x{n}]" for n in range(60))
    more = f"  exceptions: [{{name: e, fields: [proc.name, fd.name], comps: [=, =], values: [{rows}, [p9, /x9]]}}]\n"
    found = lint_text(rule("evt.type=openat", output="'%proc.name %fd.name'", more=more), only="PS009")
    assert [f.message for f in found] == ["row 60 of exception `e` is the same as row 9"]
