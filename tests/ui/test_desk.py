"""What the engine answers about alerts and rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pysysdig.alerts.model import Alert
from pysysdig.errors import UsageError
from pysysdig.ui import desk
from pysysdig.ui.desk import Desk
from pysysdig.ui.messages import Explain, Failed, Note, Read, Ruled, Rules, Sum, Summed, Switch
from pysysdig.ui.post import Post
from tests.ui.test_alerting import MANY
from tests.ui.test_book import book


class Told(Post):
    """A desk, and what it says."""

    def __init__(self, alerts: Any = None, rules: Any = None, unwanted: bool = False) -> None:
        self.said: list[Any] = []
        self.unwanted = unwanted
        self.desk = Desk(alerts, rules, self)

    def tell(self, answers: Iterable[Any]) -> None:
        self.said += answers

    def listen(self) -> bool:
        return self.unwanted

    def ask(self, asked: Any) -> list[Any]:
        self.said.clear()
        self.desk.answer(asked)
        return list(self.said)


def test_rules_with_their_hits_and_again_when_one_is_switched(root: Path) -> None:
    told = Told(rules=lambda: book(root))
    told.desk.switch(Switch(0, "Runs"))  # nothing was shown yet
    first, *_, last = told.ask(Rules(3))
    assert (first.number, first.hits, first.done) == (3, None, False)
    assert isinstance(last, Ruled) and last.done and last.hits is not None and set(last.hits) == {"Runs"}
    assert told.ask(Sum(4, "rule"))[-1].table.keys == ["Runs"]
    told.desk.switch(Switch(0, "Runs"))
    assert set(told.ask(Rules(5))[-1].hits) == {"Sorts"}
    assert told.ask(Sum(6, "rule"))[-1].table.keys == ["Sorts"]
    assert told.ask(Read(7, "Runs"))[0].rule == "Runs"
    rule, time = told.ask(Sum(8, "rule"))[-1].raised[0]
    assert told.ask(Explain(9, rule, time))[0].lines[0].startswith("Sorts")


def test_without_a_capture_nothing_is_counted(root: Path) -> None:
    made = book(root)
    made.trace = ""
    (only,) = Told(rules=lambda: made).ask(Rules(1))
    assert only.done and only.hits is None and len(only.rows) == 3


def test_what_fails() -> None:
    def refused() -> Any:
        raise UsageError("no such file")

    assert Told().ask(Read(2, "r"))[0].number == 2
    (failed,) = Told(rules=refused).ask(Rules(3))
    assert isinstance(failed, Failed) and (failed.number, failed.text) == (3, "no such file")


def test_it_stops_when_something_else_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "OFTEN", 0)
    reads = []

    def alerts() -> Iterator[Alert]:
        reads.append(1)
        yield from MANY

    told = Told(alerts, unwanted=True)
    assert told.ask(Sum(1, "rule")) == []
    told.unwanted = False
    assert all(isinstance(a, (Summed, Note)) for a in told.ask(Sum(1, "rule"))) and told.said[-1].done
    assert told.said[-1].total == len(MANY)
    told.ask(Sum(2, "process"))
    assert len(reads) == 1  # it goes on where it was


def test_alerts_are_had_while_nothing_is_asked(root: Path) -> None:
    told = Told(rules=lambda: book(root))
    while told.desk.read_on():
        pass
    assert told.desk.times and told.said == []
    (only,) = told.ask(Sum(1, "rule"))
    assert only.done and only.total == len(told.desk.times)
    assert not Told().desk.read_on()

    def refused() -> Any:
        raise UsageError("no such file")

    failing = Told(rules=refused)
    assert not failing.desk.read_on() and not failing.desk.read_on()
    assert [note.text for note in failing.said] == ["no such file"]  # once
