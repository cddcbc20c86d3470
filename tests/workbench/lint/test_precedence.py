"""`and` beside `or` without brackets."""

from __future__ import annotations

import pytest

from tests.workbench.lint.conftest import Lint, rule


@pytest.mark.parametrize(
    ("condition", "places"),
    [
        ("evt.type=close and fd.num>=0 or evt.num=7", ["or"]),
        ("evt.type=close or (fd.num=1 or fd.num=2 and evt.num>7) or fd.num=3", ["or"]),
        ("evt.type=close and (fd.num=1 or (fd.num=2 and evt.num>7))", []),
        ("evt.type=close and proc.name in (and, or) and proc.args contains ' or '", []),
        ("evt.type=close and proc.name=and or proc.name = or", ["or"]),
        ("evt.type=close and proc.name=or", []),
    ],
)
def test_without_brackets(lint_text: Lint, condition: str, places: list[str]) -> None:
    found = lint_text(rule(f'"{condition}"'), only="PS001")
    assert [f.text[f.start : f.end] for f in found] == places


def test_what_is_appended_can_undo_a_condition(lint_text: Lint) -> None:
    more = "- rule: R\n  condition: or proc.name=b\n  override: {condition: append}\n"
    assert [f.code for f in lint_text(rule("evt.type=close and proc.name=a"), more)] == ["PS001"]
    assert lint_text(rule("evt.type=close"), more.replace("or ", "and "), only="PS001") == []
