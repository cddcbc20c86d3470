"""Help is made from the keys that work."""

from __future__ import annotations

from pysysdig.ui.help import keys_text
from tests.ui.stage import Stage, played


def test_every_key_of_the_screen_is_in_it() -> None:
    async def act(stage: Stage) -> None:
        text = keys_text(stage.app.screen.active_bindings.values())
        for what in ("Drill down", "Views", "Back", "Sort", "Pause", "Quit"):
            assert what in text
        for key in ("F1", "F2", "F9", "F10", "?", ">", "Backspace", "Enter", "!"):
            assert any(key in line.partition("  ")[0].split() for line in text.splitlines()), key

    played(act)


def test_the_pages() -> None:
    async def act(stage: Stage) -> None:
        for key, text in (("f1", "Drill down"), ("f7", "ID: procs"), ("question_mark", "Sort"), ("h", "Pause")):
            await stage.press(key)
            assert stage.title() == "Page" and text in stage.text()
            await stage.press(key if key != "f7" else "escape")
            assert stage.title() == "Tables"

    played(act, size=(100, 50))
