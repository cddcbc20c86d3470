"""What every screen that asks the engine does."""

from __future__ import annotations

import pytest

from pysysdig.ui.base import Base
from pysysdig.ui.messages import Failed
from tests.ui.stage import Stage, played

# the view that the program begins with, the keys to a screen, its class
SCREENS = [
    ("procs", (), "Tables"), ("procs", ("d",), "Events"), ("procs", ("S",), "Spectrogram"), ("alerts", (), "AlarmScreen"),
    ("rules", (), "RuleScreen"),
]  # fmt: skip


@pytest.mark.parametrize(("view", "keys", "name"), SCREENS, ids=[name for _, _, name in SCREENS])
def test_each_has_help_and_a_way_out(view: str, keys: tuple[str, ...], name: str) -> None:
    async def act(stage: Stage) -> None:
        await stage.press(*keys)
        assert stage.title() == name and isinstance(stage.app.screen, Base)
        await stage.press("f1")
        assert stage.title() == "Page" and "Quit" in stage.text()
        await stage.press("f1", "f10")
        assert stage.title() == name and stage.app.return_code == 0 and not stage.app.is_running

    played(act, view=view, size=(100, 50))


@pytest.mark.parametrize(("view", "keys", "name"), SCREENS, ids=[name for _, _, name in SCREENS])
def test_what_goes_wrong_is_said_in_one_harmless_line(view: str, keys: tuple[str, ...], name: str) -> None:
    async def act(stage: Stage) -> None:
        await stage.press(*keys)
        stage.engine.say(Failed(-1, "the \x1b[31mengine\nhas ended"))
        await stage.pilot.pause()
        assert "the \\x1b[31mengine" in {note.message for note in stage.app._notifications}

    played(act, view=view)
