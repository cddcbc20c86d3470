"""The screen of rules."""

from __future__ import annotations

from pysysdig.rules.listed import Row
from pysysdig.ui.messages import Explain, Failed, Read, Reasons, Ruled, Rules, Switch, Told
from pysysdig.ui.rules import wrong_search
from pysysdig.ui.table_screen import About
from tests.ui.stage import Stage, played

CAPTURE = About("x.scap", ("-r", "x.scap"), "", False, True, True)
ROWS = [
    Row(True, 3, "Shell", ("mitre", "process"), "syscall", "r.yaml", 1, "a shell \x1b[31m"),
    Row(False, 6, "Read shadow", ("fs",), "syscall", "r.yaml", 9, "passwords"),
]
TOLD = [("Rule", "Shell"), ("Condition", "spawned and shells"), ("Compiled", "evt.type = execve [red]"), ("File", "r.yaml:1")]


async def told(stage: Stage, hits: dict[str, int] | None, done: bool = True) -> None:
    asked = stage.last
    assert isinstance(asked, Rules)
    stage.engine.say(Ruled(asked.number, ROWS, hits, done))
    await stage.pilot.pause()


def test_rules_and_one_of_them() -> None:
    async def act(stage: Stage) -> None:
        await told(stage, None, False)
        assert "reading" in stage.text("title") and "Read shadow" in stage.text("grid")
        await told(stage, {"Read shadow": 7})
        assert stage.text("title").startswith("Rules   2, 1 on   1/2")
        lines = stage.text("grid").splitlines()
        assert lines[0].split()[:4] == ["ON", "PRIORITY", "HITS▼", "NAME"]
        assert lines[1].split()[:7] == [">[", "]", "■", "Informational", "7", "Read", "shadow"]
        await stage.press("down")
        assert stage.text("description").startswith("a shell \\x1b[31m")
        await stage.press("enter")
        assert isinstance(stage.last, Read) and stage.last.rule == "Shell"
        stage.engine.say(Told(stage.last.number, "Shell", TOLD))
        await stage.pilot.pause()
        assert "spawned and shells" in stage.text("rule") and "execve" not in stage.text("rule")
        await stage.press("plus")
        assert "evt.type = execve [red]" in stage.text("rule") and "spawned" not in stage.text("rule")
        await stage.press("escape", "backspace")  # there is nothing above
        assert stage.title() == "RuleScreen"

    played(act, view="rules", about=CAPTURE, size=(130, 24))


def test_switching_one() -> None:
    async def act(stage: Stage) -> None:
        await told(stage, {"Shell": 2})
        await stage.press("down", "space")
        assert [a for a in stage.engine.asked if isinstance(a, Switch)][-1].rule == "Read shadow"
        asked = stage.last
        stage.engine.say(Ruled(asked.number, [ROWS[0], ROWS[1]._replace(on=True)], {"Read shadow": 9}, True))
        await stage.pilot.pause()
        assert stage.text("title").startswith("Rules   2, 2 on   1/2")
        assert stage.text("grid").splitlines()[1].startswith(">[x]")  # the cursor is on the same rule
        stage.engine.say(Failed(asked.number, "it went\nwrong"))
        await stage.pilot.pause()
        assert any(n.message == "it went" for n in stage.app._notifications)

    played(act, view="rules", about=CAPTURE, size=(130, 24))


def test_looking_for_some() -> None:
    async def act(stage: Stage) -> None:
        await told(stage, {"Shell": 2})
        await stage.press("slash", *"prio>=x")
        assert "no priority" in stage.text() and "Read shadow" in stage.text("grid")
        await stage.press("backspace", *"error")
        assert "Shell" in stage.text("grid") and "Read shadow" not in stage.text("grid")
        await stage.press("enter", "full_stop", "f4")
        await stage.press("escape")
        assert stage.text("title").startswith("Rules   2, 1 on   ") and "Read shadow" in stage.text("grid")
        assert "NAME▼" in stage.text("grid") or "NAME▲" in stage.text("grid")
        await stage.press("f1")
        assert "On/off" in stage.text()

    played(act, view="rules", about=CAPTURE, size=(130, 40))


def test_from_the_table_of_events_and_from_alerts() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("R")
        await told(stage, {})
        await stage.press("backspace")
        assert stage.title() == "Tables"
        await stage.press("A", "R")
        await told(stage, {})
        before = len(stage.engine.asked)
        await stage.press("escape")
        assert stage.title() == "AlarmScreen" and len(stage.engine.asked) == before + 1  # there may be other alerts

    async def without(stage: Stage) -> None:
        await stage.press("R")
        assert stage.title() == "Tables"

    played(act, about=CAPTURE)
    played(without)


def test_what_is_wrong_with_a_search() -> None:
    assert wrong_search("prio>=warning shell on:yes") == ""
    assert "no priority" in wrong_search("prio>=x")


def test_what_came_of_a_rule() -> None:
    async def act(stage: Stage) -> None:
        await told(stage, None)
        await stage.press("x")
        asked = stage.last
        assert isinstance(asked, Explain) and (asked.rule, asked.time, asked.event) == ("Shell", 0, 0)
        stage.engine.say(Reasons(asked.number, []))  # something else was asked meanwhile
        await stage.pilot.pause()
        assert stage.title() == "RuleScreen"
        stage.engine.say(Reasons(asked.number, ["Shell", "  9 events, 3 tried \x1b[0m \u202e"]))
        await stage.pilot.pause()
        assert stage.title() == "Page" and "3 tried \\x1b[0m \\u{202e}" in stage.text()

    played(act, view="rules", about=CAPTURE, size=(130, 24))
