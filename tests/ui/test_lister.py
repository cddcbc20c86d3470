"""Lines on the screen."""

from __future__ import annotations

from pysysdig.ui.messages import Lines
from tests.ui.stage import Stage, played


def test_moving() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("f6")
        stage.engine.say(Lines(stage.last.number, [(n, f"line {n}") for n in range(1, 101)], 0, True))
        await stage.pilot.pause()
        lister = stage.events.lister
        page = lister.size.height - 1
        for key, line in (("down", 1), ("pagedown", 1 + page), ("end", 99), ("pageup", 99 - page), ("home", 0), ("up", 0)):
            await stage.press(key)
            assert lister.cursor == line, key
            assert 0 <= line - lister.scroll_offset.y < lister.size.height, key
        assert stage.text("lines").splitlines()[0].startswith(">line 1 ")

    played(act)
