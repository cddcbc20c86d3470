"""The heat map on the screen."""

from __future__ import annotations

import numpy as np

from pysysdig.ui.heat import COLUMNS
from pysysdig.ui.messages import Find, Measure, Spectrum
from pysysdig.ui.table_screen import About
from tests.ui.stage import Stage, played


async def measured(stage: Stage) -> None:
    asked = stage.last
    assert isinstance(asked, Measure)
    counts = np.zeros((5, COLUMNS), np.int64)
    counts[1, 30], counts[1, 31], counts[3, 60] = 5, 7, 9000
    stage.engine.say(Spectrum(asked.number, 1_000_000, 1000, counts, True))
    await stage.pilot.pause()


def test_a_box_is_dug_into() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("down", "f12")
        assert stage.last._replace(number=0) == Measure(0, "evt.type!=switch and proc.pid=22")
        await measured(stage)
        assert "9,012 calls" in stage.text("title") and "█" in stage.text("map") and "|1.00us" in stage.text("map")
        await stage.press("down", *["right"] * 30)
        assert "Box: 5 calls of 1.00us to 1.25us" in stage.text("box")
        await stage.press("shift+right", "shift+down")
        assert "Box: 12 calls" in stage.text("box")
        await stage.press("enter")
        assert stage.last._replace(number=0) == Find(
            0,
            "evt.type!=switch and proc.pid=22 and evt.dir=< and evt.rawtime>=1001000 and evt.rawtime<1003000 "
            "and evt.latency>=1000 and evt.latency<1585",
        )
        await stage.press("escape", "escape")
        assert stage.title() == "Tables"

    played(act, size=(130, 24))


def test_by_the_mouse_and_on_a_narrow_screen() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("S")
        await measured(stage)
        await stage.pilot.mouse_down("#map", offset=(10, 1))
        await stage.pilot.hover("#map", offset=(45, 4))
        await stage.pilot.mouse_up("#map", offset=(45, 4))
        await stage.pilot.pause()
        assert isinstance(stage.last, Find) and "evt.rawtime>=1000000 and evt.rawtime<1004000" in stage.last.filter

    played(act, size=(60, 20))


def test_pause_help_and_the_running_machine() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("f12", "p")
        await measured(stage)
        assert "PAUSED" in stage.text("title") and "0 calls" in stage.text("title")
        await stage.press("p")
        await measured(stage)
        assert "9,012 calls" in stage.text("title")
        await stage.press("f1")
        assert "Stretch the box" in stage.text()
        await stage.press("escape", "c")
        assert isinstance(stage.last, Measure)
        await stage.press("backspace")
        assert stage.title() == "Tables" and stage.asked.view == "procs"

    played(act, size=(130, 40), about=About("", ()))


def test_another_view_of_what_was_measured() -> None:
    async def selected(stage: Stage) -> None:
        await stage.press("down", "f12", "f2", *"files", "enter")
        assert stage.title() == "Tables"
        assert (stage.asked.view, stage.asked.filter) == ("files", "evt.type!=switch and proc.pid=22")
        await stage.press("backspace")
        assert (stage.asked.view, stage.asked.filter) == ("procs", "")

    async def nothing(stage: Stage) -> None:
        await stage.press("f12", "f2", *"system", "enter")
        assert (stage.title(), stage.asked.view, stage.asked.filter) == ("Tables", "syscalls", "")

    played(selected)
    played(nothing, view="file_opens")
