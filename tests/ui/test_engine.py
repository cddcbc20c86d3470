"""The engine, asked through its pipe."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

import pytest

from pysysdig.alerts.model import Alert
from pysysdig.errors import UsageError
from pysysdig.replay import replay
from pysysdig.sources.formats import format_to_write
from pysysdig.sources.opening import open_any
from pysysdig.sources.sink import Sink
from pysysdig.sources.writing import How
from pysysdig.ui.alerting import Alarms
from pysysdig.ui.engine import STORED, Engine
from pysysdig.ui.messages import Facts, Failed, Find, Note, Reading, Show, Shown, Sum
from pysysdig.ui.post import Post
from pysysdig.ui.table import Table, table_of
from pysysdig.views.loader import find_view
from tests.ui.test_alerting import MANY, alarms
from tests.ui.test_book import book
from tests.views.frames import frame_of


class Ask:
    """Asks an engine."""

    def __init__(self, connection: Connection[Any, Any]) -> None:
        self._connection = connection

    def __call__(self, *shows: Any) -> list[Any]:
        """Its answers to some questions, up to the last one."""
        for show in shows:
            self._connection.send(show)
        answers: list[Any] = []
        while not answers or not (isinstance(answers[-1], Failed) or getattr(answers[-1], "done", False)):
            answers.append(self.heard())
        return answers

    def heard(self) -> Any:
        """What it says next."""
        assert self._connection.poll(120)
        return self._connection.recv()


class Engines:
    """Engines at work, each in a thread."""

    def __init__(self) -> None:
        self._ends: list[tuple[Connection[Any, Any], threading.Thread]] = []

    def begin(self, reading: Reading, live: Any = None, alerts: Any = None, rules: Any = None) -> Ask:
        """Begin one; returns what asks it for a view, and waits for the end of its answers."""
        mine, theirs = Pipe()
        thread = threading.Thread(target=Engine(theirs, reading, live, alerts, rules).run)
        thread.start()
        self._ends.append((mine, thread))
        return Ask(mine)

    def end(self) -> None:
        for connection, thread in self._ends:
            connection.send(None)
            thread.join(60)
            assert not thread.is_alive()


@pytest.fixture
def engines() -> Iterator[Engines]:
    made = Engines()
    yield made
    made.end()


@pytest.fixture
def demo(root: Path) -> Path:
    return root / "captures" / "demo.scap"


def rows(table: Table) -> list[list[str]]:
    return [[table.text(r, c) for c in range(len(table.columns))] for r in table.order(table.sort, False).tolist()]


@pytest.mark.parametrize("view", ["procs", "files", "errors", "file_opens", "containers"])
def test_tables_are_those_of_view(engines: Engines, demo: Path, tmp_path: Path, view: str) -> None:
    """The first time from the capture, then from the copy in our own format."""
    ask = engines.begin(Reading(str(demo), folder=str(tmp_path)))
    expected = rows(table_of(frame_of(demo, find_view(view))))
    assert rows(ask(Show(1, view, ""))[-1].table) == expected
    with open_any(str(tmp_path / STORED)) as capture:
        assert capture.format == "pscap"
    assert rows(ask(Show(2, view, ""))[-1].table) == expected


def test_a_drill_down_is_a_filter(engines: Engines, demo: Path, tmp_path: Path) -> None:
    ask = engines.begin(Reading(str(demo), "evt.dir=<", folder=str(tmp_path)))
    ask(Show(1, "procs", ""))
    table = ask(Show(2, "errors", "proc.name=sort"))[-1].table
    assert rows(table) == rows(table_of(frame_of(demo, find_view("errors"), "evt.dir=< and proc.name=sort")))


def test_what_is_known_of_the_capture(engines: Engines, demo: Path) -> None:
    facts = [a for a in engines.begin(Reading(str(demo)))(Show(1, "errors", "")) if isinstance(a, Facts)]
    with open_any(str(demo)) as capture:
        shown = [b.ts if b.hidden is None else b.ts[~b.hidden] for b in capture.batches()]
    times = [int(t) for part in shown for t in part]
    assert facts[-1][:4] == (len(times), times[-1] - times[0], times[0], 0)
    assert sum(facts[-1].counts) == len(times) and (len(facts[-1].counts) - 1) * facts[-1].width <= facts[-1].span


def test_what_was_given_up_is_not_counted_twice(
    engines: Engines, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Something else is asked for while a trace of ours, which needs no copy, is read for the first time."""
    trace = tmp_path / "a.pscap"
    with open_any(str(root / "captures" / "demo.scap")) as capture:
        sink = Sink(str(trace), format_to_write("pscap", str(trace)), How(complete=True))
        for view, sel in replay(capture.sections(), level=3, sink=sink):
            sink.write(view, sel)
            events = len(sel)
        sink.close()
    heard = iter([False, True])  # not before it is begun
    monkeypatch.setattr(Post, "listen", lambda self: next(heard, False))
    ask = engines.begin(Reading(str(trace)))
    ask._connection.send(Show(1, "procs", ""))
    facts = [a for a in ask(Show(2, "procs", "")) if isinstance(a, Facts)]
    assert facts[-1].events == sum(facts[-1].counts) == events


def test_limits_of_the_command_line_hold_for_all_views(engines: Engines, demo: Path, tmp_path: Path) -> None:
    ask = engines.begin(Reading(str(demo), limit=100, folder=str(tmp_path)))
    facts = [a for a in ask(Show(1, "syscalls", "")) if isinstance(a, Facts)]
    assert facts[-1].events == 100
    first = ask(Show(2, "syscalls", ""))[-1].table
    with open_any(str(tmp_path / STORED)) as capture:
        assert sum(len(b) if b.hidden is None else int((~b.hidden).sum()) for b in capture.batches()) == 100
    assert rows(first) == rows(ask(Show(3, "syscalls", ""))[-1].table)


def test_of_several_questions_the_last_is_answered(engines: Engines, demo: Path, tmp_path: Path) -> None:
    ask = engines.begin(Reading(str(demo), folder=str(tmp_path)))
    answers = ask(*(Show(n, "procs", "") for n in range(1, 9)), Show(9, "errors", ""))
    last = answers[-1]
    while last.number != 9:
        last = ask()[-1]
    assert last.table.view == "errors"


def test_what_is_wrong_is_an_answer_and_the_next_question_is_answered(engines: Engines, demo: Path, tmp_path: Path) -> None:
    ask = engines.begin(Reading(str(demo), folder=str(tmp_path)))
    (failed,) = ask(Show(1, "nosuch", ""))[-1:]
    assert isinstance(failed, Failed) and "nosuch" in failed.text
    failed = ask(Show(2, "procs", "nosuch.field=1"))[-1]
    assert isinstance(failed, Failed) and failed.number == 2
    assert isinstance(ask(Show(3, "procs", ""))[-1], Shown)


def test_a_capture_that_cannot_be_read(engines: Engines, tmp_path: Path) -> None:
    (failed,) = engines.begin(Reading(str(tmp_path / "none.scap")))(Show(1, "procs", ""))
    assert isinstance(failed, Failed) and "none.scap" in failed.text


def test_what_precedes_damage_is_shown(engines: Engines, demo: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.scap"
    cut.write_bytes(demo.read_bytes()[: demo.stat().st_size * 2 // 3])
    folder = tmp_path / "copies"
    folder.mkdir()
    answers = engines.begin(Reading(str(cut), folder=str(folder)))(Show(1, "syscalls", ""))
    assert any(isinstance(a, Note) for a in answers) and len(answers[-1].table.keys) > 3


def test_no_room_for_a_copy(engines: Engines, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.ui.engine._ROOM", 1 << 62)
    ask = engines.begin(Reading(str(demo), folder=str(tmp_path)))
    answers = ask(Show(1, "errors", ""))
    assert [a.text for a in answers if isinstance(a, Note)][0].startswith(str(tmp_path))
    assert rows(answers[-1].table) == rows(ask(Show(2, "errors", ""))[-1].table)
    assert not list(tmp_path.iterdir())


def test_the_strip_knows_when_alerts_were(engines: Engines, demo: Path, tmp_path: Path) -> None:
    with open_any(str(demo)) as capture:
        first = next(int(b.ts[0] if b.hidden is None else b.ts[~b.hidden][0]) for b in capture.batches())
    ask = engines.begin(Reading(str(demo), folder=str(tmp_path)), None, lambda: iter([MANY[0]._replace(time=first)]))
    facts = [a for a in ask(Show(1, "procs", "")) if isinstance(a, Facts)][-1]
    assert not any(facts.alerts)
    marked = ask.heard()
    assert sum(marked.alerts) == marked.alerts[0] == 1 and marked.counts == facts.counts


def test_the_strip_follows_alerts_that_others_give_way_to(
    engines: Engines, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr("pysysdig.ui.engine.OFTEN", 0.01)
    monkeypatch.setattr("pysysdig.ui.desk.Alarms", lambda: Alarms(1))
    known: list[Facts] = []
    ready = threading.Event()

    def slowly() -> Iterator[Alert]:
        assert ready.wait(60)
        for place in (0, 0, len(known[0].counts) - 1):
            time.sleep(0.02)  # a round of the engine is over
            yield MANY[0]._replace(time=known[0].first + place * known[0].width)

    ask = engines.begin(Reading(str(demo)), None, slowly)
    facts = [a for a in ask(Show(1, "procs", "")) if isinstance(a, Facts)][-1]
    known.append(facts)
    ready.set()
    while not any(facts.alerts[1:]):
        facts = ask.heard()
    assert sum(facts.alerts) == facts.alerts[-1] == 1


def test_alerts_of_rules_are_marked_although_nobody_asks_for_them(root: Path, engines: Engines, demo: Path) -> None:
    ask = engines.begin(Reading(str(demo)), None, None, lambda: book(root))
    ask(Show(1, "errors", ""))
    facts = ask.heard()
    while not any(facts.alerts):
        facts = ask.heard()
    assert sum(facts.alerts) == sum(len(lot) for lot in book(root).raised())


def test_alerts_are_read_once_and_told_in_several_ways(engines: Engines) -> None:
    reads: list[int] = []

    def alerts() -> Iterator[Alert]:
        reads.append(1)
        yield from MANY
        raise UsageError("the rest is damaged")

    ask = engines.begin(Reading(""), None, alerts)
    note, told = ask(Sum(1, "rule"))
    assert isinstance(note, Note) and "damaged" in note.text
    assert told == alarms(*MANY).told(Sum(1, "rule"), True)._replace(table=told.table) and told.table.keys == ["Shell", "Größe"]
    (again,) = ask(Sum(2, "rule", ("Shell",)))
    assert again.number == 2 and len(again.table.keys) == 2 and reads == [1]
    (failed,) = ask(Find(3, ""))
    assert isinstance(failed, Failed) and "no capture" in failed.text


@pytest.mark.live
def test_the_running_machine(engines: Engines) -> None:
    from pysysdig.cli.screen_serve import machine
    from pysysdig.settings import LiveSettings

    mine, theirs = Pipe()
    thread = threading.Thread(target=Engine(theirs, Reading("", refresh=100_000_000), lambda: machine(LiveSettings())).run)
    thread.start()
    try:
        for number, view in ((1, "procs"), (2, "syscalls")):
            mine.send(Show(number, view, ""))
            while True:
                assert mine.poll(120)
                answer = mine.recv()
                assert not isinstance(answer, Failed), answer
                if isinstance(answer, Shown) and answer.number == number:
                    break
            assert answer.table.view == view and answer.table.keys
    finally:
        mine.send(None)
        thread.join(120)
    assert not thread.is_alive()
