"""An output with its own worker."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from pysysdig.alerts.model import Alert
from pysysdig.alerts.outputs.base import AlertOutput, Refused
from pysysdig.errors import PysysdigError
from pysysdig.service import lane as lanes
from pysysdig.service.lane import Lane, Memory
from pysysdig.service.log import Log
from tests.service.peers import until


class Keeps(AlertOutput):
    """Keeps lines; `fails` are raised in turn; while the gate is closed nothing passes."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.fails: list[Exception | None] = []
        self.gate = threading.Event()
        self.gate.set()
        self.said: list[str] = []

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        self.gate.wait(60)
        failure = self.fails.pop(0) if self.fails else None
        if failure is not None:
            raise failure
        self.got += lines

    def reopen(self) -> None:
        self.said.append("reopen")

    def close(self) -> None:
        self.said.append("close")


def item(line: str, priority: int = 5) -> tuple[Alert, str]:
    return Alert(10**18, priority, "R", "syscall", (), "box", "text", {}), line


@pytest.fixture
def errors() -> list[str]:
    return []


@pytest.fixture
def log(errors: list[str]) -> Log:
    return Log(stderr=False, system=lambda level, text: errors.append(text))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(lanes, "_LOOK", 0.01)


def test_what_fails_is_tried_again_and_nothing_overtakes(log: Log, errors: list[str]) -> None:
    out = Keeps()
    out.fails = [PysysdigError("no room"), OSError(5, "broken"), PysysdigError("no room"), PysysdigError("no room")]
    lane = Lane("file", out, Memory(), log)
    lane.put([item("1"), item("2")])
    lane.put([item("3")])
    until(lambda: lane.sent == 3)
    lane.end()
    assert lane.join(60) and out.got == ["1", "2", "3"] and out.said == ["close"]
    assert (lane.failures, lane.error, lane.dropped, lane.waiting) == (4, "", 0, 0)
    assert errors == ["file: no room", "file: [Errno 5] broken", "file: no room", "file: alerts are delivered again"]


def test_what_is_refused_is_not_tried_again(log: Log) -> None:
    out = Keeps()
    out.one_by_one = True
    out.fails = [None, Refused("bad")]
    lane = Lane("x", out, Memory(), log)
    lane.put([item("1"), item("2"), item("3")])
    lane.end()
    assert lane.join(60) and out.got == ["1", "3"] and (lane.sent, lane.refused) == (2, 1)


class Bulk(Keeps):
    """Takes nothing that has a bad one among it."""

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        self.gate.wait(60)
        if any("bad" in line for line in lines):
            raise Refused("one is bad")
        super().send(alerts, lines)


def test_one_that_is_bad_takes_no_others_with_it(log: Log) -> None:
    """Of outputs that send several at once; those after it go together again."""
    out = Bulk()
    out.gate.clear()
    lane = Lane("x", out, Memory(), log)
    texts = ["1", "bad 2", "3", "bad 4", "5"]
    lane.put([item(text) for text in texts])
    out.gate.set()
    until(lambda: lane.sent == 3)
    lane.put([item("6")])
    lane.end()
    assert lane.join(60) and out.got == ["1", "3", "5", "6"] and (lane.sent, lane.refused) == (4, 2)


def test_a_queue_that_is_full(log: Log) -> None:
    """The newest are dropped, or wait if events can."""
    out = Keeps()
    out.gate.clear()
    lane = Lane("x", out, Memory(2), log)
    assert lane.put([item("1"), item("2"), item("3")]) == 1 and lane.dropped == 1
    threading.Timer(0.1, out.gate.set).start()
    assert lane.put([item("4")], wait=True) == 0
    lane.end()
    assert lane.join(60) and out.got == ["1", "2", "4"]


def test_events_do_not_wait_for_an_output_that_fails(log: Log) -> None:
    out = Keeps()
    out.fails = [PysysdigError("broken")] * 10_000
    lane = Lane("x", out, Memory(1), log)
    lane.put([item("1")], wait=True)
    until(lambda: lane.error)
    assert lane.put([item("2"), item("3")], wait=True) == 2 and lane.dropped == 2


def test_what_an_output_does_not_want(log: Log) -> None:
    out = Keeps()
    lane = Lane("x", out, Memory(), log, lambda alert: alert.priority < 4)
    lane.put([item("1", 5), item("2", 3), item("3", 7)])
    lane.reopen()
    until(lambda: out.said)
    lane.end()
    assert lane.join(60) and out.got == ["2"] and out.said == ["reopen", "close"]


def test_an_output_that_hangs_ends_nothing(log: Log) -> None:
    out = Keeps()
    out.gate.clear()
    lane = Lane("x", out, Memory(), log)
    lane.put([item("1")])
    until(lambda: lane.calling_since)
    lane.end()
    assert not lane.join(0.05) and lane.waiting == 1
    out.gate.set()
    assert lane.join(60)
