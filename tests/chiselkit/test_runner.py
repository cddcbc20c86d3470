"""One chisel at work: callbacks, lines of its format, intervals, what it declares wrongly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pysysdig.chisel import Batch, Chisel, Event, RunInfo
from pysysdig.chiselkit import loader
from pysysdig.errors import ChiselError, FilterError, FormatError
from tests.chiselkit.callbacks import Opens, Run
from tests.conftest import Call


class OpensByBatch(Chisel):
    filter = Opens.filter
    fields = Opens.fields

    def on_batch(self, batch: Batch) -> None:
        for num, name, event in zip(batch.values("evt.num"), batch.values("fd.name"), batch):
            self.print(num, name or "-", at=event)


def test_by_event_and_by_batch_are_the_same(run_chisels: Run) -> None:
    printed = run_chisels(Opens).printed
    assert printed.count("\n") > 100
    assert run_chisels(OpensByBatch).printed == printed


class OpensByLines(Chisel):
    filter = Opens.filter
    fields = Opens.fields

    def on_batch(self, batch: Batch) -> None:
        self.print_lines(batch, [f"{num} {name or '-'}" for num, name in zip(batch.values("evt.num"), batch.values("fd.name"))])


@pytest.mark.parametrize("others", [(), (Opens,)])
def test_lines_of_a_batch_come_as_those_of_single_events(run_chisels: Run, others: tuple[type[Chisel], ...]) -> None:
    assert run_chisels(OpensByLines, *others).printed == run_chisels(Opens, *others).printed


@pytest.mark.parametrize("others", [(), (Opens,)])
def test_heads_above_formatted_lines(run_chisels: Run, others: tuple[type[Chisel], ...]) -> None:
    class ByEvent(Opens):
        format = "%evt.num %fd.name \u00fc"

        def on_event(self, event: Event) -> None:
            if event.num % 3:
                self.print(f"about {event.num} \u00e4")

    class ByBatch(ByEvent):
        def on_batch(self, batch: Batch) -> list[str | None]:
            return [f"about {num} \u00e4" if num % 3 else None for num in batch.num.tolist()]

    assert run_chisels(ByBatch, *others).printed == run_chisels(ByEvent, *others).printed


def test_heads_that_are_not_as_many_as_the_events(run_chisels: Run) -> None:
    class Short(Opens):
        format = "%evt.num"

        def on_batch(self, batch: Batch) -> list[str | None]:
            return ["one"]

    assert "on_batch returned 1 texts for " in run_chisels(Short).said


def test_format_and_on_event(run_chisels: Run, call_cli: Call, demo: str) -> None:
    class Formatted(Chisel):
        filter = "evt.type=openat"
        format = "%evt.num %5evt.type|%fd.name"

        def on_event(self, event: Event) -> bool:
            return event.num % 2 == 0

    want = call_cli("-r", demo, "-p", Formatted.format, "evt.type=openat").stdout.decode().splitlines()
    got = run_chisels(Formatted).printed.splitlines()
    assert got == [line for line in want if int(line.split()[0]) % 2 == 0]


def test_fields_that_are_not_declared(run_chisels: Run, tmp_path: Path) -> None:
    """All of them are told at once, each with its place."""
    path = tmp_path / "hasty.py"
    path.write_text(
        "from pysysdig.chisel import Chisel\n"
        "class Hasty(Chisel):\n"
        "    fields = ('evt.num',)\n"
        "    def on_event(self, event):\n"
        "        self.print(event['evt.num'], event['fd.name'])\n"
        "        self.print(event.get('proc.name'), {'proc.pid': 1}['proc.pid'])\n"
    )
    said = run_chisels(loader.find(str(path))).said
    assert f"used but not declared in `fields`: fd.name ({path}:5), proc.name ({path}:6), proc.pid ({path}:6)\n" in said


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"filter": "nosuch.field=1"}, FilterError),
        ({"fields": ("nosuch.field",)}, FilterError),
        ({"format": "%nosuch"}, FormatError),
        ({"filter": "evt.type = = x"}, FilterError),
        ({"filter": None}, ChiselError),
        ({"fields": "evt.type"}, ChiselError),
        ({"fields": (1,)}, ChiselError),
        ({"interval": "1"}, ChiselError),
        ({"buffers": "octal"}, ChiselError),
    ],
)
def test_wrong_declarations_name_the_chisel(run_chisels: Run, wrong: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match="chisel Wrong"):
        run_chisels(type("Wrong", (Chisel,), wrong))


def test_errors_in_configure(run_chisels: Run) -> None:
    class Broken(Chisel):
        def configure(self) -> None:
            raise KeyError("x")

    with pytest.raises(ChiselError, match="chisel Broken: KeyError: 'x'"):
        run_chisels(Broken)


def test_stop_must_be_declared(run_chisels: Run) -> None:
    class Stops(Chisel):
        def on_event(self, event: Event) -> None:
            self.stop()

    assert "declares stops = True" in run_chisels(Stops).said


def test_intervals(run_chisels: Run) -> None:
    class Ticks(Chisel):
        interval = 0.1

        def on_start(self) -> None:
            self.count = 0

        def on_event(self, event: Event) -> None:
            self.count += 1

        def on_interval(self, seconds: float) -> None:
            self.print(self.now // 100_000_000, seconds > 0, self.count)

        def on_end(self) -> None:
            self.print("end", self.count)

    class BatchTicks(Ticks):
        def on_batch(self, batch: Batch) -> None:
            self.count += len(batch)

    lines = run_chisels(Ticks).printed.splitlines()
    moments = [int(line.split()[0]) for line in lines[:-1]]
    assert len(moments) > 2 and moments == sorted(set(moments))
    assert run_chisels(BatchTicks).printed.splitlines() == lines
    # time passes with every event, whether it passes the filter or not
    assert run_chisels(Ticks, "evt.type=execve").printed.count("\n") == len(lines)


def test_refresh_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunInfo()
    run.live = run.terminal = True
    chisel = Chisel(run)
    monkeypatch.setenv("COLUMNS", "40")
    for lines in ("3", "9"):  # the window may change its size
        monkeypatch.setenv("LINES", lines)
        chisel.refresh(["a", "b", "c"])
    chisel.restore_screen()
    text = "".join(line for _, line in chisel.out.waiting)
    start, first, second = text.split("\x1b[H")
    assert start == "\x1b[?25l\x1b[?7l\x1b[2J" and first == "a\x1b[K\nb\x1b[K\n\x1b[J"
    assert second == "a\x1b[K\nb\x1b[K\nc\x1b[K\n\x1b[J" + "\r\x1b[K\x1b[?7h\x1b[?25h"
    assert (run.width, run.height) == (40, 9)


def test_columns(run_chisels: Run) -> None:
    class Columns(Chisel):
        fields = ("evt.type", "evt.num", "evt.is_io", "fd.name", "thread.cpu")

        def on_batch(self, batch: Batch) -> None:
            types = batch.values("evt.type")
            assert batch.equal("evt.type", "close").tolist() == [t == "close" for t in types]
            assert batch.equal("evt.num", 7).sum() <= 1
            assert len(batch.where(batch.equal("evt.type", "close"))) == types.count("close")
            assert batch[-1].num == batch.num[-1] == batch.values("evt.num")[-1]
            assert all(isinstance(v, bool) for v in batch.values("evt.is_io"))
            assert len(batch.numbers("thread.cpu")[0]) == len(batch) == len(batch.ts)

    run = run_chisels(Columns)
    assert not run.chisels.failed, run.said
