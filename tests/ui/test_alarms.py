"""The screen of alerts."""

from __future__ import annotations

from pysysdig.ui.messages import Explain, Facts, Find, Read, Reasons, Show, Sum, Told
from pysysdig.ui.table_screen import About
from tests.ui.stage import Stage, played
from tests.ui.test_alerting import MANY, alarms

CAPTURE = About("x.scap", ("-r", "x.scap"), "", False, True)
FILE = About("", (), "", False, True)


async def told(stage: Stage) -> Sum:
    asked = stage.last
    assert isinstance(asked, Sum)
    stage.engine.say(alarms(*MANY).told(asked, True))
    await stage.pilot.pause()
    return asked


def test_from_a_rule_to_its_alerts_and_the_events_around_one() -> None:
    async def act(stage: Stage) -> None:
        assert (await told(stage))[1:3] == ("rule", ())
        assert stage.text("title").startswith("Alerts by rule   3 alerts   1/2")
        assert stage.text("latest").startswith("ran bash")
        await stage.press("down")
        assert stage.text("latest").startswith("opened \\x1b é")
        await stage.press("up", "enter")
        assert (await told(stage))[1:3] == ("rule", ("Shell",))
        assert stage.text("title").startswith("Alerts of Shell")
        await stage.press("down", "o")
        assert stage.title() == "Page" and "ran sh" in stage.text()
        await stage.press("escape", "j")
        assert isinstance(stage.last, Find) and stage.last.filter.endswith("and proc.pid=7")
        await stage.press("escape", "backspace")
        assert (await told(stage))[1:3] == ("rule", ())
        await stage.press("backspace")  # there is nothing above
        assert stage.title() == "AlarmScreen"

    played(act, view="alerts", about=CAPTURE, size=(130, 24))


def test_grouping_sorting_and_narrowing() -> None:
    async def act(stage: Stage) -> None:
        await told(stage)
        await stage.press("g", *"process", "enter")
        assert (await told(stage))[1:3] == ("process", ())
        assert "PROCESS" in stage.text("grid") and "café" in stage.text("grid")
        await stage.press("f4", *"bash", "enter")
        assert stage.text("title").rstrip().endswith("1/1")
        await stage.press("f4", "escape", "full_stop")
        assert "PRIORITY▼" in stage.text("grid") or "PRIORITY▲" in stage.text("grid")
        await stage.press("j")  # there is no capture
        assert stage.title() == "AlarmScreen" and any("-r" in n.message for n in stage.app._notifications)
        await stage.press("f1")
        assert "Group by" in stage.text()

    played(act, view="alerts", about=FILE, size=(130, 40))


def test_why_an_alert_was_raised() -> None:
    async def act(stage: Stage) -> None:
        await told(stage)
        await stage.press("x")
        asked = stage.last
        assert isinstance(asked, Explain) and (asked.rule, asked.time) == ("Shell", MANY[1].time)
        assert "explaining" in stage.text("title")
        stage.engine.say(Reasons(asked.number, ["Shell  r.yaml:1", "  fired \x1b[31m [red]"]))
        await stage.pilot.pause()
        assert stage.title() == "Page" and "fired \\x1b[31m [red]" in stage.text()

    async def given_up(stage: Stage) -> None:
        await told(stage)
        await stage.press("x", "enter")  # the engine explains nothing once something else is asked
        assert isinstance(stage.last, Sum) and "explaining" not in stage.text("title")

    async def without(stage: Stage) -> None:
        await told(stage)
        await stage.press("x")
        assert not isinstance(stage.last, Explain) and any("--rules" in n.message for n in stage.app._notifications)

    played(act, view="alerts", about=CAPTURE._replace(rules=True), size=(130, 24))
    played(given_up, view="alerts", about=CAPTURE._replace(rules=True), size=(130, 24))
    played(without, view="alerts", about=FILE, size=(130, 24))


def test_alerts_of_the_running_machine_lead_to_what_is_kept() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("A")
        await told(stage)
        stage.engine.say(Facts(100, 10, 1, 1234))
        await stage.pilot.pause()
        assert "3 alerts, 1,234 events lost" in stage.text("title")
        await stage.press("j")
        assert isinstance(stage.last, Find) and stage.last.past
        await stage.press("escape", "escape")
        assert stage.title() == "Tables" and isinstance(stage.last, Show)  # its tables go on

    played(act, about=About("", ("--rules", "r"), "", False, True, True, True), size=(130, 24))


def test_from_the_table_of_events() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("A")
        await told(stage)
        await stage.press("backspace")
        assert stage.title() == "Tables"

    async def without(stage: Stage) -> None:
        await stage.press("A")
        assert stage.title() == "Tables"

    played(act, about=CAPTURE)
    played(without)


def test_from_an_alert_to_its_process_and_back_to_the_table() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("A")
        await told(stage)
        await stage.press("down", "t")  # this one does not say which process it is
        assert stage.title() == "AlarmScreen" and any("which process" in n.message for n in stage.app._notifications)
        await stage.press("up", "t")
        assert stage.title() == "Tables"
        assert isinstance(stage.last, Show) and stage.last[1:3] == ("procs", "(proc.pid=8 or proc.apid=8)")
        await stage.press("backspace")
        assert stage.asked[1:3] == ("procs", "")

    async def alone(stage: Stage) -> None:
        await told(stage)
        await stage.press("t")
        assert stage.title() == "Tables" and isinstance(stage.last, Show) and "proc.pid=8" in stage.last.filter
        await stage.press("A")
        assert stage.title() == "AlarmScreen"

    async def without(stage: Stage) -> None:
        await told(stage)
        await stage.press("t", "s", "D")
        assert stage.title() == "AlarmScreen" and isinstance(stage.last, Sum)

    played(act, about=CAPTURE, size=(130, 24))
    played(alone, view="alerts", about=CAPTURE, size=(130, 24))
    played(without, view="alerts", about=FILE, size=(130, 24))


def test_the_rule_of_an_alert_is_read_and_switched_off() -> None:
    async def act(stage: Stage) -> None:
        await told(stage)
        await stage.press("s")
        assert isinstance(stage.last, Read) and stage.last.rule == "Shell"
        stage.engine.say(Told(stage.last.number, "Shell", [("Rule", "Shell\x9b31m")]))
        await stage.pilot.pause()
        assert stage.title() == "RulePage" and "Shell\\x9b31m" in stage.text("rule")
        await stage.press("escape", "D")
        assert stage.engine.asked[-2][1:] == ("Shell", False) and isinstance(stage.last, Sum)

    played(act, view="alerts", about=CAPTURE._replace(rules=True), size=(130, 24))
