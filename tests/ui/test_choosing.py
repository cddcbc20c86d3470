"""Columns, and everything by its name."""

from __future__ import annotations

from tests.ui.stage import Stage, played


def test_a_field_becomes_a_column_and_goes_again() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("plus", *"proc.nosuch", "enter")
        assert stage.text("wrong").strip() and len(stage.engine.asked) == 1
        await stage.press(*["backspace"] * 6, *"cwd", "enter")
        assert list(stage.asked.columns) == ["proc.cwd"]
        await stage.press("f9")
        assert "proc.cwd" in stage.text("list")
        await stage.press("escape", "plus", *"proc.cwd", "enter")  # it is there
        assert list(stage.asked.columns) == ["proc.cwd"]
        await stage.press("minus", "enter")
        assert not stage.asked.columns
        await stage.press("minus")  # there is none
        assert stage.title() == "Tables"

    played(act)


def test_columns_belong_to_a_view() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("plus", *"proc.cwd", "enter")
        await stage.show()
        await stage.press("enter")
        assert (stage.asked.view, stage.asked.columns) == ("threads", ())
        await stage.press("backspace")
        assert (stage.asked.view, stage.asked.columns) == ("procs", ("proc.cwd",))

    played(act)


def test_everything_by_its_name() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("colon", *"view: errors", "enter")
        assert stage.asked.view == "errors"
        await stage.press("colon", *"pause", "enter")
        assert "PAUSED" in stage.text("where")
        await stage.press("colon", *"drill down", "enter")
        await stage.press("colon", *"quit", "enter")
        assert stage.app.return_value == 0

    played(act)


def test_views_of_mesos_are_not_in_the_way() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("f2", *"mesos")
        assert "nothing like that" in stage.text("about")

    played(act)
