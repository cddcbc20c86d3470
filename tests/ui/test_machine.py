"""What is answered about a running machine; a capture stands in for it, which goes on as often as somebody waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pysysdig.errors import UsageError
from pysysdig.events.batch import EventBatch
from pysysdig.sources.opening import open_any
from pysysdig.sources.section import Plain
from pysysdig.ui import machine as module
from pysysdig.ui.engine import Engine
from pysysdig.ui.heat import COLUMNS, box_filter
from pysysdig.ui.messages import (
    Describe,
    Described,
    Explain,
    Facts,
    Failed,
    Find,
    Lines,
    Measure,
    Note,
    Read,
    Reading,
    Reasons,
    Ruled,
    Rules,
    Show,
    Shown,
    Spectrum,
    Sum,
    Summed,
    Switch,
    Told,
)  # fmt: skip
from pysysdig.ui.selection import around, both
from tests.ui.test_book import book

_PATIENCE = 60  # seconds


class Replayed(Plain):
    """A capture as a machine: then nothing happens on it, and once `more` is set everything once more, later."""

    def __init__(self, path: Path) -> None:
        self._capture = open_any(str(path))
        self._section = next(iter(self._capture.sections()))
        self.snapshot, self.generation = self._section.snapshot, self._section.generation
        self._hears: list[Callable[[EventBatch], None]] = []
        self.drops = 0
        self.losses: list[tuple[int, int, int]] = []
        self.more = threading.Event()
        self.closed = False

    def sections(self) -> Iterator[Replayed]:
        yield self

    def batches(self) -> Iterator[EventBatch]:
        batches = list(self._section.batches())
        while True:
            for batch in batches:
                for hear in self._hears:
                    hear(batch)
                yield batch
            while not self.more.wait(0.02):
                yield batches[0].subset(np.zeros(0, np.int64))
            self.more.clear()

    def listen(self, hear: Callable[[EventBatch], None]) -> None:
        self._hears.append(hear)

    def close(self) -> None:
        self.closed = True
        self._capture.close()

    def take_losses(self) -> list[tuple[int, int, int]]:
        out, self.losses = self.losses, []
        return out


class Running:
    """An engine that follows it."""

    def __init__(self, root: Path, folder: Path, load: Any) -> None:
        self.source = Replayed(root / "captures" / "demo.scap")
        self._mine, theirs = Pipe()
        engine = Engine(theirs, Reading("", refresh=1, folder=str(folder)), lambda: self.source, None, load)
        self._thread = threading.Thread(target=engine.run)
        self._thread.start()

    def ask(self, asked: Any, kind: Any) -> Any:
        """The answer of this kind to a question. The machine goes on meanwhile."""
        self._mine.send(asked)
        return self.until(lambda answer: isinstance(answer, kind) and getattr(answer, "number", asked.number) == asked.number)

    def until(self, fits: Callable[[Any], bool]) -> Any:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            self.source.more.set()
            if self._mine.poll(0.1):
                answer = self._mine.recv()
                if fits(answer):
                    return answer
        raise AssertionError("no answer")

    def end(self) -> None:
        self._mine.send(None)
        self._thread.join(_PATIENCE)
        assert not self._thread.is_alive() and self.source.closed


@pytest.fixture
def run(root: Path, tmp_path: Path) -> Iterator[Callable[[Any], Running]]:
    made: list[Running] = []

    def begin(load: Any) -> Running:
        made.append(Running(root, tmp_path, load))
        return made[-1]

    yield begin
    for one in made:
        one.end()


def test_alerts_come_with_the_events_and_lead_back_to_them(root: Path, run: Callable[[Any], Running]) -> None:
    running = run(lambda: book(root))
    assert running.ask(Show(1, "procs", ""), Shown).table.keys
    assert sum(running.until(lambda answer: isinstance(answer, Facts) and any(answer.alerts)).alerts)
    told = running.ask(Sum(2, "rule"), Summed)
    assert told.table.keys == ["Runs"] and told.total >= 5
    lines = running.ask(Find(3, both(around(told.raised[0][1], 1), told.jumps[0]), past=True), Lines)
    assert lines.done and any("execve" in text for _, text in lines.lines)
    number = lines.lines[0][0]
    fields = dict(running.ask(Describe(4, number), Described).fields)
    assert fields["evt.num"] == str(number) and fields["proc.name"]
    reasons = running.ask(Explain(5, *told.raised[0]), Reasons).lines
    assert reasons[0].startswith("Runs") and any("fired" in line for line in reasons)


def test_rules_count_from_when_they_are_switched(root: Path, run: Callable[[Any], Running]) -> None:
    running = run(lambda: book(root))
    before = running.ask(Rules(1), Ruled)
    assert [row.on for row in before.rows] == [True, False, True]
    running.ask(Switch(0, "Runs"), Facts)
    after = running.ask(Rules(2), Ruled)
    assert [row.on for row in after.rows] == [False, False, True]
    counted = running.until(lambda answer: isinstance(answer, Ruled) and "Sorts" in (answer.hits or {}))
    assert counted.hits["Runs"] == after.hits["Runs"] >= before.hits["Runs"]  # stays what it was
    assert running.ask(Read(3, "Sorts"), Told).rows


def test_losses_are_told(root: Path, run: Callable[[Any], Running]) -> None:
    running = run(lambda: book(root))
    running.ask(Sum(1, "rule"), Summed)
    running.source.drops = 7
    at = 1_700_000_000_000_000_000
    running.source.losses = [(7, at, at)]
    assert running.until(lambda answer: isinstance(answer, Facts) and answer.lost > 0)[3] == 7


def test_only_so_many_alerts_are_kept(root: Path, run: Callable[[Any], Running], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 3)
    running = run(lambda: book(root))
    running.ask(Sum(1, "rule"), Summed)
    told = running.until(lambda answer: isinstance(answer, Summed) and answer.total > 3)
    assert told.lost == told.total - 3 and told.table.text(0, 0) == str(told.total)
    assert len(running.ask(Sum(2, "rule", ("Runs",)), Summed).table.keys) == 3


def test_without_rules(run: Callable[[Any], Running], tmp_path: Path) -> None:
    running = run(None)
    assert "--rules" in running.ask(Sum(1, "rule"), Failed).text
    assert "not there any more" in running.ask(Describe(2, 7), Failed).text
    assert running.ask(Show(3, "procs", ""), Shown).table.keys
    assert not list(tmp_path.iterdir())


def test_what_a_spectrogram_shows_is_found_again_without_rules(run: Callable[[Any], Running], tmp_path: Path) -> None:
    running = run(None)
    running.ask(Show(1, "procs", ""), Shown)
    heat = running.ask(Measure(2, ""), Spectrum)
    while not heat.counts.sum():
        heat = running.until(lambda answer: isinstance(answer, Spectrum))
    assert list(tmp_path.iterdir())
    lines = running.ask(Find(3, box_filter(heat.first, heat.width, (0, len(heat.counts)), (0, COLUMNS)), past=True), Lines)
    assert lines.done and len(lines.lines) >= heat.counts.sum()
    number, text = lines.lines[-1]
    described = running.ask(Describe(4, number), Described)
    assert dict(described.fields)["proc.name"] in text  # what came before it was kept is known
    running.ask(Show(5, "procs", ""), Shown)
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    seen = running.until(lambda answer: isinstance(answer, Facts)).events
    running.until(lambda answer: isinstance(answer, Facts) and answer.events > seen)
    assert [path.stat().st_size for path in tmp_path.iterdir()] == sizes  # nobody looks at single events


def test_rules_that_cannot_be_loaded(run: Callable[[Any], Running]) -> None:
    def refused() -> Any:
        raise UsageError("rules.yaml: no rules")

    running = run(refused)
    assert running.ask(Show(1, "procs", ""), Note).text == "rules.yaml: no rules"
    assert running.ask(Show(2, "procs", ""), Shown).table.keys


def test_no_more_room_for_what_is_kept(root: Path, run: Callable[[Any], Running], monkeypatch: pytest.MonkeyPatch) -> None:
    from pysysdig.sources.sink import Sink

    def full(self: Any, *arguments: Any) -> None:
        raise UsageError("history0: cannot be written: No space left on device")

    monkeypatch.setattr(Sink, "write", full)
    running = run(lambda: book(root))
    assert "No space" in running.ask(Show(1, "procs", ""), Note).text
    assert running.ask(Sum(2, "rule"), Summed).table.keys == ["Runs"]
    assert "not kept any more" in running.ask(Find(3, "", past=True), Failed).text
