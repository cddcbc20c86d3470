"""What is typed at the bottom."""

from __future__ import annotations

import pytest

from pysysdig.ui.prompt import completed, problem
from tests.ui.stage import Stage, played


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("proc.na", "proc.name"),
        ("evt.type=open and (fd.nam", "evt.type=open and (fd.name"),
        ("fd.name cont", "fd.name contains"),
        ("fd.name", "fd.name_changed"),
        ("zzz", None),
        ("", None),
        ("proc.name ", None),
    ],
)
def test_words_are_completed(text: str, result: str | None) -> None:
    assert completed(text) == result


def test_filters_are_checked() -> None:
    assert problem("proc.name=x") == problem("  ") == ""
    assert "nosuch" in problem("proc.nosuch=1")
    assert "\n" not in problem("proc.name=\x1b(")


def test_rows_follow_what_is_typed() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("f4", *"beta")
        assert stage.rows() == [22]
        await stage.press("enter")
        assert stage.rows() == [22]
        await stage.press("enter", "backspace")  # down and up again: it stays
        await stage.show()
        assert stage.rows() == [22]
        await stage.press("backslash", "escape")
        assert stage.rows() == [11, 22, 33]

    played(act)


def test_a_filter_of_events_is_checked_and_applied() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("f4", "f2", *"proc.name")
        assert stage.text("wrong").strip()
        await stage.press("enter")  # it is not taken
        assert len(stage.engine.asked) == 1
        await stage.press(*"=x", "enter")
        assert stage.asked.filter == "proc.name=x"
        assert "'proc.name=x'" in stage.text("command") or "proc.name=x" in stage.text("command")
        await stage.press("f4", "f2", "escape")  # that changes nothing
        assert stage.tables.level.filter == "proc.name=x"

    played(act, size=(140, 24))


def test_a_click_on_the_filter_has_it_typed() -> None:
    async def act(stage: Stage) -> None:
        await stage.pilot.click("#source")
        await stage.press(*"proc.name=x", "f4")
        assert stage.asked.filter == "proc.name=x"

    played(act)


def test_right_completes() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("f4", "f2", *"evt.dir=< and proc.pna")
        await stage.pilot.pause(0.1)
        await stage.press("right", *"=x", "enter")
        assert stage.asked.filter == "evt.dir=< and proc.pname=x"

    played(act)
