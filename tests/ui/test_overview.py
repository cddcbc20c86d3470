"""The screen of numbers."""

from __future__ import annotations

import numpy as np

from pysysdig.ui.messages import Facts, Failed, Find, Glance, Glanced, Tile
from pysysdig.ui.table_screen import About
from tests.ui.stage import ABOUT, Stage, played


def glanced(number: int, *, done: bool = True) -> Glanced:
    series = np.array([0, 1, 2, 7], np.int64)
    none = np.zeros(4, np.int64)
    tiles = [
        Tile("syscallCount", "Events", "", 1306, series),
        Tile("fileBytes", "File bytes in+out", "fd.type=file", 3 << 20, series),
        Tile("forkCount", "Forks", "evt.type in (clone, fork)", 10, series),
        Tile("appLogCount", "Log messages", "", 4, series),
        Tile("netBytes", "Net bytes in+out", "fd.type=ipv4", 0, none),
    ]
    return Glanced(number, tiles, 2_000_000_000, 0.5, done)


async def opened(stage: Stage) -> None:
    await stage.press("O")
    assert isinstance(stage.last, Glance)
    stage.engine.say(glanced(stage.last.number))
    await stage.pilot.pause()


def test_numbers_with_what_they_were_over_time() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("O")
        assert isinstance(stage.last, Glance)
        stage.engine.say(glanced(stage.last.number, done=False)._replace(tiles=[]))
        await stage.pilot.pause()
        assert "reading" in stage.text("title")
        stage.engine.say(Facts(1306, 1, 1, 5, 1, (1,), (5,)), glanced(stage.last.number))
        await stage.pilot.pause()
        assert "6 numbers, 1 of them are 0 (z)" in stage.text("title") and "reading" not in stage.text("title")
        lines = stage.text("grid").splitlines()
        assert [line[5:].split()[0] for line in lines[1:6]] == ["Events", "File", "Forks", "Log", "Lost"]  # the order of reports
        assert lines[1].split()[3:5] == ["1306", "653.00"] and lines[1].rstrip().endswith("█")
        assert "--ui=overview" in stage.text("command")
        await stage.press("z")
        assert "Net bytes" in stage.text("grid")

    played(act, size=(100, 20))


def test_a_number_leads_to_its_events() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("down", "enter")
        await stage.show()
        await opened(stage)
        assert "proc.pid=22" in stage.text("title")
        await stage.press("down", "d")
        assert isinstance(stage.last, Find) and stage.last.filter.endswith("proc.pid=22 and fd.type=file")
        await stage.press("escape", "enter")
        assert (stage.asked.view, stage.asked.filter) == ("files", "evt.type!=switch and proc.pid=22 and fd.type=file")
        await stage.press("backspace")
        assert stage.asked.view == "threads"
        await opened(stage)
        await stage.press("down", "down", "enter")
        assert stage.asked.view == "procs"
        await stage.press("backspace")
        await opened(stage)
        await stage.press("end", "enter", "d")  # no filter finds log messages
        assert [n.message for n in stage.app._notifications][-2:] == ["no filter passes what this counts"] * 2

    played(act, size=(120, 24))


def test_as_the_first_screen_and_alone() -> None:
    async def act(stage: Stage) -> None:
        assert stage.title() == "Overview"
        stage.engine.say(glanced(stage.last.number))
        await stage.pilot.pause()
        await stage.press("backspace")
        assert stage.title() == "Overview"
        await stage.press("enter")
        assert (stage.title(), stage.asked.view, stage.asked.filter) == ("Tables", "syscalls", "")

    played(act, view="overview")


def test_the_running_machine_pauses_and_begins_anew() -> None:
    async def act(stage: Stage) -> None:
        await opened(stage)
        assert "reading" not in stage.text("title")
        await stage.press("p")
        stage.engine.say(glanced(stage.last.number)._replace(span=9_000_000_000))
        await stage.pilot.pause()
        assert "PAUSED" in stage.text("title") and "2.00s" in stage.text("title")
        asked = stage.last.number
        await stage.press("p", "c")
        assert isinstance(stage.last, Glance) and stage.last.number == asked + 1
        stage.engine.say(Failed(stage.last.number, "gone\x1b"))
        await stage.pilot.pause()
        assert [n.message for n in stage.app._notifications] == ["gone\\x1b"]

    played(act, about=About("", ()))


def test_on_a_narrow_screen_what_is_outside_is_said() -> None:
    async def act(stage: Stage) -> None:
        await opened(stage)
        assert "»" in stage.text("grid").splitlines()[0]
        await stage.press(*["right"] * 4)
        assert "»" not in stage.text("grid").splitlines()[0] and "█" in stage.text("grid")

    played(act, size=(60, 14), about=ABOUT)
