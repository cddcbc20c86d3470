"""Dig and echo."""

from __future__ import annotations

import pytest

from pysysdig.rules.listed import Row
from pysysdig.ui.messages import Describe, Described, Explain, Failed, Find, Lines, Reasons, Ruled, Rules, Show
from pysysdig.ui.table_screen import About
from tests.ui.stage import Stage, played

LINES = [(5, "5 alpha open"), (7, "7 beta read"), (9, "9 gamma read")]


async def found(stage: Stage, cut: int = 0, lines: list[tuple[int, str]] = LINES) -> None:
    asked = [a for a in stage.engine.asked if isinstance(a, Find)][-1]
    stage.engine.say(Lines(asked.number, lines, cut, True))
    await stage.pilot.pause()


@pytest.mark.parametrize(("key", "echo"), [("f6", False), ("d", False), ("f5", True), ("e", True)])
def test_what_is_asked_for(key: str, echo: bool) -> None:
    async def act(stage: Stage) -> None:
        await stage.press("down", key)
        asked = stage.last
        assert isinstance(asked, Find)
        assert (asked.filter, asked.echo, asked.after) == ("evt.type!=switch and proc.pid=22", echo, 0)
        await found(stage)
        assert stage.text("title").startswith(f"{'I/O' if echo else 'Events'} of proc.pid=22   1/3")
        assert "gamma read" in stage.text("lines")
        await stage.press("backspace")
        assert stage.title() == "Tables" and stage.tables.grid.key == 22

    played(act)


def test_details_follow_the_cursor() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("d")
        await found(stage)
        await stage.press("enter", "d")
        asked = stage.last
        assert isinstance(asked, Describe) and asked.event == 7
        fields = [("evt.num", "7"), ("proc.name", "beta")]
        stage.engine.say(Described(asked.number, 7, fields, b"\x00ELF"))
        await stage.pilot.pause()
        assert "proc.name  beta" in stage.text("fields") and ".ELF" in stage.text("fields")
        await stage.press("f2", "end", "enter")
        assert "0045 4c46" in stage.text("fields")
        await stage.press("down")
        assert isinstance(stage.last, Describe) and stage.last.event == 9
        stage.engine.say(Described(asked.number, 7, [("evt.num", "late")], b""))
        await stage.pilot.pause()
        assert "late" not in stage.text("fields")

    played(act, size=(120, 40))


def test_searching() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("d")
        await found(stage)
        await stage.press("slash", *"READ")
        assert stage.events.lister.cursor == 1
        await stage.press("enter", "f3")
        assert stage.events.lister.cursor == 2
        await stage.press("f3", "N")  # there is no other; the one before
        assert stage.events.lister.cursor == 1
        await stage.press("slash", *"alpha", "escape")
        assert stage.events.lister.cursor == 1
        await stage.press("ctrl+g", *"3", "enter")
        assert stage.events.lister.cursor == 2

    played(act)


def test_what_there_was_no_room_for_comes_with_more() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("d")
        await found(stage, cut=1234)
        assert "1,234 events more" in stage.text("title")
        await stage.press("m")
        assert isinstance(stage.last, Find) and stage.last.after == 9

    played(act)


def test_data_is_asked_for_anew_in_another_way() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("e", "f2", "end", "enter")
        assert isinstance(stage.last, Find) and (stage.last.echo, stage.last.mode) == (True, "hex")

    played(act)


def test_live_lines_go_on_and_stop() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("d")
        await found(stage)
        await found(stage, lines=[(11, "11 new")])
        assert stage.events.lister.cursor == 3  # it follows
        await stage.press("p")
        await found(stage, lines=[(12, "12 newer")])
        assert "PAUSED" in stage.text("title") and "12 newer" not in stage.text("lines")
        await stage.press("p", "d")  # what has been shown is kept
        assert isinstance(stage.last, Describe) and stage.last.event == 11
        await stage.press("c")
        assert "new" not in stage.text("lines")
        await stage.press("backspace")  # the table goes on
        assert isinstance(stage.last, Show)

    played(act, about=About("", ()))


def test_lists_have_no_selection() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("f6")
        assert stage.title() == "Tables"

    played(act, view="file_opens")


def test_failures_and_leaving() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("d")
        stage.engine.say(Failed(stage.last.number, "gone\x1b"))
        await stage.pilot.pause()
        assert [n.message for n in stage.app._notifications] == ["gone\\x1b"]
        await stage.press("f1")
        assert "View As" in stage.text()
        await stage.press("escape", "q")
        assert stage.app.return_value == 0

    played(act, size=(100, 40))


def test_why_a_rule_fires_at_an_event_or_does_not() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("d")
        await found(stage)
        await stage.press("down", "x")
        asked = stage.last
        assert isinstance(asked, Rules) and not asked.hits
        rows = [
            Row(False, 3, "Off [red]\x1b", (), "syscall", "r", 1, ""),
            Row(True, 3, "On", (), "syscall", "r", 5, "what it is"),
        ]
        stage.engine.say(Ruled(asked.number, rows, None, True))
        await stage.pilot.pause()
        assert "[x] On" in stage.text() and "[ ] Off [red]\\x1b" in stage.text() and "what it is" in stage.text()
        await stage.press(*"off", "enter")
        why = stage.last
        assert isinstance(why, Explain) and (why.rule, why.event) == ("Off [red]\x1b", 7)
        stage.engine.say(Reasons(why.number, ["Off", "  not fired: \x1b]0;x"]))
        await stage.pilot.pause()
        assert stage.title() == "Page" and "not fired: \\x1b]0;x" in stage.text()
        await stage.press("escape", "x")
        stage.engine.say(Failed(stage.last.number, "no such file"))
        await stage.pilot.pause()
        assert any("no such file" in n.message for n in stage.app._notifications)

    async def without(stage: Stage) -> None:
        await stage.press("d")
        await found(stage)
        await stage.press("x")
        assert isinstance(stage.last, Find) and any("--rules" in n.message for n in stage.app._notifications)

    played(act, about=About("x.scap", ("-r", "x.scap"), "", False, True, True), size=(120, 40))
    played(without)


@pytest.mark.parametrize(("mode", "asked"), [("printable", "printable"), ("hex", "hex")])
def test_echo_begins_as_the_command_line_says(mode: str, asked: str) -> None:
    async def act(stage: Stage) -> None:
        await stage.press("e")
        assert isinstance(stage.last, Find) and stage.last.mode == asked

    played(act, about=About("x.scap", ("-r", "x.scap"), mode=mode))
