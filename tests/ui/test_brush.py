"""The strip of times."""

from __future__ import annotations

from pysysdig.ui.messages import Facts
from tests.ui.stage import Stage, played

FACTS = Facts(1000, 1000, 5000, 3, 10, tuple(range(100)), (0,) * 50 + (3,) + (0,) * 49)


def test_a_marked_part_becomes_a_filter() -> None:
    async def act(stage: Stage) -> None:
        stage.engine.say(FACTS)
        await stage.pilot.pause()
        assert stage.text("brush").endswith("█") and stage.text("brush")[50] == "░"
        await stage.press("T", "shift+right", "left_curly_bracket", "shift+right", "right_curly_bracket", "enter")
        times = "evt.rawtime>=5100 and evt.rawtime<5210"
        assert (stage.asked.view, stage.asked.filter) == ("procs", times)
        assert times in stage.text("where")
        await stage.show()
        await stage.press("down", "enter")  # the table has the keys again
        assert stage.asked.filter == f"{times} and evt.type!=switch and proc.pid=22"
        await stage.press("backspace", "backspace")
        assert stage.asked.filter == ""

    played(act)


def test_by_the_mouse() -> None:
    async def act(stage: Stage) -> None:
        stage.engine.say(FACTS)
        await stage.pilot.pause()
        await stage.pilot.mouse_down("#brush", offset=(40, 0))
        await stage.pilot.hover("#brush", offset=(20, 0))
        await stage.pilot.mouse_up("#brush", offset=(20, 0))
        await stage.pilot.pause()
        assert stage.asked.filter == "evt.rawtime>=5200 and evt.rawtime<5410"

    played(act)


def test_leaving_it_and_nothing_marked() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("T", "end", "home", "escape", "T", "enter", "down")
        assert stage.tables.grid.key == 22 and len(stage.engine.asked) == 1

    played(act)
