"""The screen of differences."""

from __future__ import annotations

from pysysdig.report.comparison import Difference
from pysysdig.ui.difference import change
from pysysdig.ui.messages import Compare, Compared, Facts, Failed, Find
from pysysdig.ui.table_screen import About
from tests.ui.stage import ABOUT, Stage, played

FACTS = Facts(1000, 1000, 5000, 3, 10, tuple(range(100)), (0,) * 100)
FOUND = [
    Difference("Number", "Events", 20.0, 10.0, ""),
    Difference("Program", "new one", 5.0, 0.0, 'proc.name="new one"'),
    Difference("Server port", "443", 0.0, 7.0, "fd.sport=443"),
    Difference("File", "/x\\x1b[2J", 1.0, 2.0, "fd.name=/x"),
]
OTHER = ABOUT._replace(filter="evt.dir=<", against="b c.scap")


async def told(stage: Stage) -> Compare:
    asked = stage.last
    assert isinstance(asked, Compare)
    stage.engine.say(Compared(asked.number, [], 0.5, False))
    await stage.pilot.pause()
    assert "50% read" in stage.text("a")
    stage.engine.say(Compared(asked.number, FOUND, 1.0, True))
    await stage.pilot.pause()
    return asked


def test_what_became_of_things() -> None:
    assert [change(d) for d in FOUND] == ["▲ more", "new", "gone", "▼ less"]


def test_two_captures() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("down", "enter", "D")
        asked = await told(stage)
        assert (asked.filter, asked.other) == ("evt.dir=< and evt.type!=switch and proc.pid=22",) * 2 and asked.path == "b c.scap"
        names = [line.split()[-1] for line in stage.text("grid").splitlines()[1:5]]
        assert names == ["Events", "one", "/x\\x1b[2J", "443"]  # by what is more in A
        assert "b c.scap" in stage.text("b") and "--against 'b c.scap' --ui=diff" in stage.text("command")
        await stage.press("enter")
        assert stage.title() == "DiffScreen"
        await stage.press("end", "d")
        said = [n.message for n in stage.app._notifications]
        assert said[0] == "no filter passes what this counts" and said[1].startswith("A has no such events")
        await stage.press("home", "down", "d")
        assert isinstance(stage.last, Find) and stage.last.filter.endswith('proc.pid=22 and proc.name="new one"')
        await stage.press("escape", "enter")
        assert (stage.asked.view, stage.title()) == ("procs", "Tables") and '"new one"' in stage.asked.filter

    played(act, about=OTHER, size=(120, 24))


def test_two_parts_of_the_time() -> None:
    async def act(stage: Stage) -> None:
        stage.engine.say(FACTS)
        await stage.pilot.pause()
        await stage.press("T", "D")
        assert "mark a part" in [n.message for n in stage.app._notifications][-1]
        await stage.press("T", "shift+right", "left_curly_bracket", "shift+right", "right_curly_bracket", "D", "down", "enter")
        asked = await told(stage)
        assert (asked.filter, asked.other, asked.path) == ("evt.rawtime>=5100 and evt.rawtime<5210", "evt.rawtime>=5210", "")
        assert "--against 'evt.rawtime>=5210' --ui=diff 'evt.rawtime>=5100 and" in stage.text("command")
        await stage.press("end", "enter")  # what is gone is looked at where it was
        assert (stage.asked.view, stage.asked.filter) == ("connections", "evt.rawtime>=5210 and fd.sport=443")

    played(act, size=(100, 24))


def test_the_command_line_says_with_what() -> None:
    async def act(stage: Stage) -> None:
        asked = await told(stage)
        assert (asked.filter, asked.other, asked.path) == ("evt.num<5", "evt.num>5", "")
        stage.engine.say(Failed(asked.number, "no such file\x1b"))
        await stage.pilot.pause()
        assert [n.message for n in stage.app._notifications] == ["no such file\\x1b"]

    played(act, view="diff", about=ABOUT._replace(filter="evt.num<5", beside="evt.num>5"))


def test_what_cannot_be_compared_is_said() -> None:
    async def nothing(stage: Stage) -> None:
        await stage.press("D")
        assert "--against" in [n.message for n in stage.app._notifications][-1]

    async def live(stage: Stage) -> None:
        await stage.press("D")
        assert "-w" in [n.message for n in stage.app._notifications][-1]

    played(nothing)
    played(live, about=About("", ()))
