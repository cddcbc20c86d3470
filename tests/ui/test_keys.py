"""Every key of every screen is pressed, and its effect seen, and so are those that docs/ui.md names.

A script for each screen: keys in the order in which they are pressed, and what is seen after each of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from textual.binding import Binding

from pysysdig.rules.listed import Row
from pysysdig.ui.alarms import AlarmScreen
from pysysdig.ui.app import Eyes
from pysysdig.ui.brush import Brush
from pysysdig.ui.chooser import Chooser
from pysysdig.ui.difference import DiffScreen
from pysysdig.ui.events import Events
from pysysdig.ui.grid import Grid
from pysysdig.ui.heat import COLUMNS
from pysysdig.ui.help import Page
from pysysdig.ui.lister import Lister
from pysysdig.ui.messages import (
    Compare,
    Compared,
    Describe,
    Described,
    Explain,
    Facts,
    Find,
    Glance,
    Lines,
    Measure,
    Read,
    Reasons,
    Ruled,
    Rules,
    Show,
    Shown,
    Spectrum,
    Sum,
    Switch,
    Told,
)
from pysysdig.ui.overview import Overview
from pysysdig.ui.prompt import Prompt
from pysysdig.ui.rules import RulePage, RuleScreen
from pysysdig.ui.spectrogram import HeatMap, Spectrogram
from pysysdig.ui.table import table_of
from pysysdig.ui.table_screen import About
from pysysdig.ui.tables import Tables
from pysysdig.views.loader import find_view
from tests.ui.stage import Stage, played
from tests.ui.tables import Still, frame, processes
from tests.ui.test_alerting import MANY, alarms
from tests.ui.test_difference import FOUND
from tests.ui.test_overview import glanced

CAPTURE = About("x.scap", ("-r", "x.scap"), "", False, True, True, against="b.scap")
LIVE = About("", ())
ROWS = [
    Row(True, 3, "Shell", ("mitre",), "syscall", "r.yaml", 1, "a shell"),
    Row(False, 6, "Read shadow", ("fs",), "syscall", "r.yaml", 9, "passwords"),
]


class Answering(Still):
    """An engine that answers at once, with tables and lines that are longer than the screen."""

    ends = 0

    def ask(self, what: Any) -> None:
        super().ask(what)
        number = what.number
        if isinstance(what, Show):
            many = [(n, {"PID": n, "CPU": 100.0 - n, "Command": f"w{n}"}) for n in range(100, 160)]
            table = processes(*many) if what.view == "procs" else table_of(frame(find_view(what.view), []))
            self.say(Facts(1000, 1000, 5000, 0, 10, tuple(range(100)), (0,) * 100), Shown(number, table, None, True))
        elif isinstance(what, Find):
            self.say(Lines(number, [(n, f"line {n} " + "x" * 200) for n in range(1, 101)], 0 if what.after else 7, True))
        elif isinstance(what, Describe):
            self.say(Described(number, what.event, [("evt.num", str(what.event))], b""))
        elif isinstance(what, Measure):
            self.say(Spectrum(number, 1_000_000, 1000, np.ones((5, COLUMNS), np.int64), True))
        elif isinstance(what, Glance):
            self.say(glanced(number))
        elif isinstance(what, Compare):
            self.say(Compared(number, FOUND, 1.0, True))
        elif isinstance(what, Sum):
            self.say(alarms(*MANY).told(what, True))
        elif isinstance(what, Rules):
            self.say(Ruled(number, ROWS, {"Shell": 2, "Read shadow": 1}, True))
        elif isinstance(what, Read):
            self.say(Told(number, what.rule, [("Condition", "spawned"), ("Compiled", "evt.type = execve")]))
        elif isinstance(what, Explain):
            self.say(Reasons(number, ["because"]))


Look = Callable[[Stage], Any]
Step = tuple[str, Look, Any]  # keys (with blanks between them), what is looked at, what is seen


def screen(stage: Stage) -> str:
    return stage.title()


def at(stage: Stage) -> Any:
    """Where the cursor is."""
    shown = stage.app.screen
    widgets: list[Any] = [*shown.query(Grid), *shown.query(Lister), *shown.query(HeatMap)]
    return widgets[0].cursor


def strip(stage: Stage) -> Any:
    brush = stage.tables.query_one(Brush)
    return brush.cursor, brush.start, brush.end, brush.has_focus


def left(stage: Stage) -> int:
    """Cells that are outside at the left."""
    return int(next(iter([*stage.app.screen.query(Grid), *stage.app.screen.query(Lister)])).scroll_offset.x)


def sort(stage: Stage) -> tuple[int, bool]:
    grid = stage.app.screen.query_one(Grid)
    return grid.sort, grid.reverse


def asked(stage: Stage) -> str:
    return type(stage.last).__name__


def count(stage: Stage) -> int:
    """Questions so far."""
    return len(stage.engine.asked)


def view(stage: Stage) -> str:
    return stage.asked.view


def number(stage: Stage) -> int:
    """Rows or lines."""
    grids = list(stage.app.screen.query(Grid))
    return len(grids[0].order) if grids else len(stage.app.screen.query_one(Lister).lines)


def typing(stage: Stage) -> str:
    """The label of what is typed, "" = nothing is."""
    prompt = stage.app.screen.query_one(Prompt)
    return stage.text("label").strip() if prompt.display else ""


def about(id_: str, text: str) -> Look:
    """Whether a widget says something."""
    return lambda stage: text in stage.text(id_)


def notice(stage: Stage) -> str:
    return [n.message for n in stage.app._notifications][-1]


def ends(stage: Stage) -> int:
    """How often the program would have ended."""
    assert isinstance(stage.engine, Answering)
    return stage.engine.ends


def scrolled(stage: Stage) -> float:
    """Lines that a page of text was scrolled by."""
    return float(stage.app.screen.query_one("#page").scroll_target_y)


def box(stage: Stage) -> Any:
    heat = stage.app.screen.query_one(HeatMap)
    return heat.corner, heat.cursor


def behind(stage: Stage) -> int:
    """The event behind which lines were asked for."""
    assert isinstance(stage.last, Find)
    return stage.last.after


def added(stage: Stage) -> list[str]:
    return list(stage.asked.columns)


PAUSED = "PAUSED"
QUITTING: list[Step] = [("q", ends, 1), ("f10", ends, 2), ("ctrl+c", ends, 3)]
PAGES: list[Step] = [
    step for key in ("f1", "question_mark", "h") for step in ((key, screen, "Page"), (key, lambda s: s.title() == "Page", False))
]
DIGITS = [binding.key for binding in Tables.BINDINGS[-9:] if isinstance(binding, Binding)]


class Script(NamedTuple):
    """What has the keys; how the screen is opened; the steps."""

    owners: tuple[Any, ...]
    opened: str
    steps: list[Step]
    view: str = "procs"
    about: About = CAPTURE


SCRIPTS = {
    "tables": Script(
        (Tables, Grid),
        "",
        [
            ("down", at, 1), ("up", at, 0), ("pagedown", at, 17), ("pageup", at, 0), ("end", at, 62), ("home", at, 0),
            ("right", left, 6), ("left", left, 0),
            *PAGES,
            ("f2", screen, "Chooser"), ("f2", screen, "Tables"),
            ("f9", about("list", "PID (V)"), False), ("f9", screen, "Tables"),
            ("greater_than_sign", screen, "Chooser"), ("escape", screen, "Tables"),
            ("comma", sort, (1, False)), ("full_stop", sort, (2, False)),
            *((key, sort, (n, False)) for n, key in enumerate(DIGITS)), ("exclamation_mark", sort, (0, False)),
            ("exclamation_mark", sort, (0, True)), ("number_sign", sort, (2, False)), ("home", at, 0),
            ("f4", typing, "Rows with (! without), F2: events:"), ("b e t a", number, 1), ("escape", number, 63),
            ("backslash", typing, "Rows with (! without), F2: events:"), ("escape", typing, ""),
            ("home slash w 1 2", at, 23), ("f3", at, 24), ("escape", at, 0),
            ("ctrl+f g a m", at, 2), ("enter", typing, ""), ("f3", notice, "not found"), ("home", at, 0),
            ("plus", typing, "Add a column, a field:"), ("p r o c . c w d enter", added, ["proc.cwd"]),
            ("minus enter", added, []),
            ("equals_sign", about("grid", "FILE/s"), False), ("equals_sign", about("grid", "FILE/s"), True),
            ("p", about("where", PAUSED), True), ("p", about("where", PAUSED), False),
            ("colon", screen, "Chooser"), ("escape", screen, "Tables"),
            ("f7", about("", "ID: procs"), True), ("f7", screen, "Tables"),
            ("f5", about("title", "I/O of"), True), ("backspace", screen, "Tables"),
            ("e", about("title", "I/O of"), True), ("backspace", screen, "Tables"),
            ("f6", about("title", "Events of"), True), ("escape", screen, "Tables"),
            ("d", about("title", "Events of"), True), ("escape", screen, "Tables"),
            ("f8", about("", "(k) kill"), True), ("escape", screen, "Tables"),
            ("f12", screen, "Spectrogram"), ("escape", screen, "Tables"),
            ("S", screen, "Spectrogram"), ("escape", screen, "Tables"),
            ("A", screen, "AlarmScreen"), ("escape", screen, "Tables"), ("R", screen, "RuleScreen"), ("escape", screen, "Tables"),
            ("O", screen, "Overview"), ("escape", screen, "Tables"), ("D", screen, "DiffScreen"), ("escape", screen, "Tables"),
            ("T", strip, (0, None, None, True)), ("escape", strip, (0, None, None, False)),
            ("enter", view, "threads"), ("backspace", view, "procs"), ("enter", view, "threads"), ("escape", view, "procs"),
            *QUITTING,
        ],
    ),
    "lists": Script((), "", [("c", count, 2), ("delete", count, 3)], "file_opens", LIVE),
    "timeline": Script(
        (Brush,),
        "T",
        [
            ("right", strip, (1, None, None, True)), ("left", strip, (0, None, None, True)),
            ("shift+right", strip, (10, None, None, True)), ("shift+left", strip, (0, None, None, True)),
            ("pagedown", strip, (10, None, None, True)), ("pageup", strip, (0, None, None, True)),
            ("end", strip, (99, None, None, True)), ("home", strip, (0, None, None, True)),
            ("right left_curly_bracket", strip, (1, 1, None, True)), ("right right_curly_bracket", strip, (2, 1, 2, True)),
            ("enter", lambda s: s.asked.filter, "evt.rawtime>=5010 and evt.rawtime<5030"),
            ("T backspace", strip, (2, None, None, False)), ("T escape", strip, (2, None, None, False)),
            ("T left_curly_bracket D", about("list", "what came before it"), True), ("enter", screen, "DiffScreen"),
        ],
    ),
    "events": Script(
        (Events, Lister),
        "d",
        [
            ("down", at, 1), ("up", at, 0), ("pagedown", at, 19), ("space", at, 38), ("pageup", at, 19), ("end", at, 99),
            ("home", at, 0), ("right", left, 16), ("left", left, 0),
            *PAGES,
            ("f2", screen, "Chooser"), ("f2", screen, "Events"),
            ("slash 5", at, 4), ("enter", typing, ""), ("f3", at, 14), ("n", at, 24), ("N", at, 14),
            ("ctrl+f 7", at, 16), ("escape", at, 14), ("ctrl+g 3 enter", at, 2),
            ("enter", at, 3), ("d", about("fields", "evt.num  4"), True), ("up", about("fields", "evt.num  3"), True),
            ("d", lambda s: s.app.screen.query_one("#details").display, False),
            ("x", about("", "[x] Shell"), True), ("enter", about("", "because"), True), ("escape", screen, "Events"),
            ("m", behind, 100), ("m", behind, 100),
            ("w", notice, "this is for the events around an alert (A, j)"),
            ("p", about("title", PAUSED), True), ("p", about("title", PAUSED), False),
            ("c", number, 0), ("backspace d", number, 100), ("delete", number, 0),
            *QUITTING,
            ("escape", screen, "Tables"), ("d", screen, "Events"), ("backspace", screen, "Tables"),
        ],
    ),
    "spectrogram": Script(
        (Spectrogram, HeatMap),
        "f12",
        [
            ("down", box, ((1, 0), (1, 0))), ("right", box, ((1, 1), (1, 1))), ("left", box, ((1, 0), (1, 0))),
            ("up", box, ((0, 0), (0, 0))),
            ("shift+down", box, ((0, 0), (1, 0))), ("shift+right", box, ((0, 0), (1, 1))), ("shift+up", box, ((0, 0), (0, 1))),
            ("shift+left", box, ((0, 0), (0, 0))),
            ("J", box, ((0, 0), (1, 0))), ("L", box, ((0, 0), (1, 1))), ("K", box, ((0, 0), (0, 1))),
            ("H", box, ((0, 0), (0, 0))),
            *PAGES,
            ("f2", screen, "Chooser"), ("f2", screen, "Spectrogram"),
            ("enter", screen, "Events"), ("escape", screen, "Spectrogram"),
            ("p", about("title", PAUSED), True), ("p", about("title", PAUSED), False),
            ("c", count, 4), ("delete", count, 5),
            *QUITTING,
            ("escape", screen, "Tables"), ("f12", screen, "Spectrogram"), ("backspace", screen, "Tables"),
        ],
    ),
    "alerts": Script(
        (AlarmScreen, Grid),
        "A",
        [
            ("down", at, 1), ("up", at, 0), ("end", at, 1), ("home", at, 0), ("pagedown", at, 1), ("pageup", at, 0),
            ("right", left, 8), ("left", left, 0),
            *PAGES,
            *(step for key in ("f4", "backslash", "slash") for step in (
                (key, typing, "Rows with (! without):"), ("b a s h", number, 1), ("escape", number, 2)
            )),
            ("comma", sort, (5, False)), ("full_stop", sort, (0, False)),
            ("o", about("", "ran bash"), True), ("escape", screen, "AlarmScreen"),
            ("x", about("", "because"), True), ("escape", screen, "AlarmScreen"),
            ("s", screen, "RulePage"), ("escape", screen, "AlarmScreen"),
            ("R", screen, "RuleScreen"), ("escape", screen, "AlarmScreen"),
            *(step for key in ("j", "d", "f6") for step in (
                (key, about("title", "1 s before and after"), True), ("escape", screen, "AlarmScreen")
            )),
            ("j w", about("title", "10 s before and after ran bash"), True), ("w w w", about("title", " 1 s before"), True),
            ("escape", screen, "AlarmScreen"),
            ("P e r r o r enter", about("title", "by rule, Error and above,   3 alerts in all   1/1"), True),
            ("P a l l enter", number, 2),
            ("enter", about("title", "Alerts of Shell"), True), ("escape", about("title", "Alerts by rule"), True),
            ("g", screen, "Chooser"), ("p r o c e s s enter", about("title", "by process"), True),
            ("D", lambda s: [a for a in s.engine.asked if isinstance(a, Switch)][-1].on, False),
            ("t", screen, "Tables"), ("backspace", screen, "Tables"),
            ("A", screen, "AlarmScreen"), *QUITTING, ("backspace", screen, "Tables"),
        ],
    ),
    "rules": Script(
        (RuleScreen, Grid),
        "R",
        [
            ("down", at, 1), ("up", at, 0), ("end", at, 1), ("home", at, 0), ("pagedown", at, 1), ("pageup", at, 0),
            ("right", left, 8), ("left", left, 0),
            *PAGES,
            *(step for key in ("f4", "backslash", "slash") for step in (
                (key, lambda s: typing(s)[:5], "Rules"), ("s h a d o w", number, 1), ("escape", number, 2)
            )),
            ("comma", sort, (1, False)), ("full_stop", sort, (2, False)), ("home", at, 0),
            ("space", lambda s: [a for a in s.engine.asked if isinstance(a, Switch)][-1].rule, "Shell"),
            ("x", about("", "because"), True), ("escape", screen, "RuleScreen"),
            ("enter", screen, "RulePage"), ("escape", screen, "RuleScreen"),
            *QUITTING,
            ("escape", screen, "Tables"), ("R", screen, "RuleScreen"), ("backspace", screen, "Tables"),
        ],
    ),
    "overview": Script(
        (Overview, Grid),
        "O",
        [
            ("down", at, 1), ("up", at, 0), ("end", at, 3), ("home", at, 0), ("pagedown", at, 3), ("pageup", at, 0),
            *PAGES,
            *(step for key in ("f4", "backslash", "slash") for step in (
                (key, typing, "Rows with (! without):"), ("f o r k", number, 1), ("escape", number, 4)
            )),
            ("z", number, 7), ("z", number, 4), ("comma", sort, (4, False)), ("full_stop", sort, (0, False)),
            *(step for key in ("d", "f6") for step in (
                (key, about("title", "Events of"), True), ("escape", screen, "Overview")
            )),
            ("p", about("title", PAUSED), True), ("p", about("title", PAUSED), False),
            ("c", asked, "Glance"), ("delete", asked, "Glance"),
            *QUITTING,
            ("escape", screen, "Tables"), ("O", screen, "Overview"), ("backspace", screen, "Tables"),
            ("O home enter", screen, "Tables"),
        ],
    ),
    "diff": Script(
        (DiffScreen, Grid),
        "D",
        [
            ("down", at, 1), ("up", at, 0), ("end", at, 3), ("home", at, 0), ("pagedown", at, 3), ("pageup", at, 0),
            *PAGES,
            *(step for key in ("f4", "backslash", "slash") for step in (
                (key, typing, "Rows with (! without):"), ("g o n e", number, 1), ("escape", number, 4)
            )),
            ("comma", sort, (3, False)), ("full_stop", sort, (4, False)), ("home down", at, 1),
            *(step for key in ("d", "f6") for step in (
                (key, about("title", "Events of"), True), ("escape", screen, "DiffScreen")
            )),
            *QUITTING,
            ("escape", screen, "Tables"), ("D", screen, "DiffScreen"), ("backspace", screen, "Tables"),
            ("D home down enter", view, "procs"),
        ],
    ),
    "rule": Script(
        (RulePage,),
        "R enter",
        [
            ("plus", about("rule", "execve"), True),
            *(step for key in ("escape", "backspace", "q", "f10") for step in (
                (key, screen, "RuleScreen"), ("enter", screen, "RulePage")
            )),
        ],
    ),
    "help": Script(
        (Page,),
        "f1",
        [
            ("down", scrolled, 1), ("up", scrolled, 0), ("space", scrolled, 20), ("home", scrolled, 0),
            *(step for key in ("escape", "backspace", "q", "f1", "f7", "f10", "h", "question_mark") for step in (
                (key, screen, "Tables"), ("f1", screen, "Page")
            )),
        ],
    ),
    "prompt": Script(
        (Prompt,),
        "f4",
        [
            ("f2", typing, "Filter, F2: rows:"), ("escape", typing, ""), ("f4 w 1 0 0 enter", number, 1),
            ("enter", view, "threads"), ("backspace", view, "procs"),
            ("f4 escape f4 w", at, 0), ("down", at, 1), ("up", at, 0), ("pagedown", at, 16), ("pageup", at, 0),
            ("f4", typing, ""),
            ("slash w 1", at, 0), ("pagedown", at, 16), ("ctrl+f", typing, ""), ("f3", at, 17), ("f4 f2 f4", typing, ""),
        ],
    ),
    "chooser": Script(
        (Chooser,),
        "f2",
        [
            ("f i l", about("about", "Views: fil"), True), ("backspace", about("about", "Views: fil"), False),
            ("escape", screen, "Tables"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_keys_do_what_they_say(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    script = SCRIPTS[name]
    engine = Answering()

    def leave(*args: Any) -> None:
        engine.ends += 1

    monkeypatch.setattr(Eyes, "exit", leave)

    async def act(stage: Stage) -> None:
        await stage.press(*script.opened.split())
        for keys, look, seen in script.steps:
            await stage.press(*keys.split())
            await stage.pilot.pause()
            assert look(stage) == seen, keys

    played(act, about=script.about, view=script.view, engine=engine)


def pressed(*names: str) -> set[str]:
    return {key for name in names for keys, _, _ in SCRIPTS[name].steps for key in keys.split()}


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_key_is_left_out(name: str) -> None:
    bound = {key for owner in SCRIPTS[name].owners for binding in owner.BINDINGS for key in binding.key.split(",")}
    elsewhere = {"tables": ["lists"], "overview": ["alerts"], "diff": ["alerts"]}  # the same table
    missing = bound - pressed(name, *elsewhere.get(name, []))
    assert not missing, missing


NAMES = {
    "pgup": "pageup", "pgdn": "pagedown", "del": "delete", "\\": "backslash", "/": "slash", ">": "greater_than_sign",
    ",": "comma", ".": "full_stop", "+": "plus", "-": "minus", "=": "equals_sign", ":": "colon", "?": "question_mark",
}  # fmt: skip
DIGIT_ROW = "Shift and 1 ... 9"


def documented(root: Path) -> list[set[str]]:
    """The keys of each table of docs/ui.md."""
    tables: list[set[str]] = []
    for line in (root / "docs" / "ui.md").read_text().splitlines():
        if line == "| keys | |":
            tables.append(set())
        elif tables and line.startswith("| ") and not line.startswith("| ---") and (cell := line.split(" | ")[0][2:]):
            if cell == DIGIT_ROW:
                tables[-1] |= set(DIGITS)
                continue
            words = [a or b for a, b in re.findall(r"`([^`]+)`|([^\s,]+)", cell.replace("double click", ""))]
            tables[-1] |= {w if len(w) == 1 and w.isalpha() else _key(w) for w in words}
    return tables


def _key(word: str) -> str:
    word = word.lower()
    return word.replace("ctrl-", "ctrl+") if word.startswith("ctrl-") else NAMES.get(word, word)


def test_the_keys_of_the_manual_are_pressed(root: Path) -> None:
    main, lines, numbers, differences, alerts, rules = documented(root)
    assert len(main) > 40 and len(alerts) > 10
    assert not main - pressed("tables", "lists")
    assert numbers and not numbers - pressed("overview")
    assert differences and not differences - pressed("diff")
    assert not lines - pressed("events")
    assert not alerts - pressed("alerts")
    assert not rules - pressed("rules")
