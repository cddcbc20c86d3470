"""Lists to choose from."""

from __future__ import annotations

from tests.ui.stage import Stage, played


def test_typed_letters_narrow_it() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("f2")
        assert stage.title() == "Chooser" and "Processes and what they use" in stage.text("about")
        await stage.press(*"system")
        assert "System Calls" in stage.text("list") and "Connections" not in stage.text("list")
        await stage.press(*"zzz")
        assert "nothing like that" in stage.text("about")
        await stage.press("enter")  # there is nothing to choose
        await stage.press("backspace", "backspace", "backspace", "enter")
        assert stage.asked.view == "syscalls"

    played(act)


def test_leaving_it_changes_nothing() -> None:
    async def act(stage: Stage) -> None:
        for key in ("f2", "escape", "backspace"):
            await stage.press("f2", key)
            assert stage.title() == "Tables"
        assert len(stage.engine.asked) == 1

    played(act)


def test_what_is_said_follows_the_cursor() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("f2", "home")
        assert "ID: connections" in stage.text("about")
        await stage.press("down")
        assert "ID: containers" in stage.text("about")

    played(act)
