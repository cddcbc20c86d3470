"""The engine: callbacks, intervals, failures, the end of runs, several chisels at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pysysdig.chisel import Batch, Chisel, Event, RunInfo
from pysysdig.chiselkit import loader
from pysysdig.chiselkit.runner import _Clock
from pysysdig.errors import ChiselError, FilterError, FormatError
from tests.conftest import Call

Run = Callable[..., Any]


class Opens(Chisel):
    filter = "evt.type=openat and evt.dir=<"
    fields = ("evt.num", "fd.name")

    def on_event(self, event: Event) -> None:
        self.print(event["evt.num"], event.get("fd.name", "-"))


class OpensByBatch(Chisel):
    filter = Opens.filter
    fields = Opens.fields

    def on_batch(self, batch: Batch) -> None:
        for num, name, event in zip(batch.values("evt.num"), batch.values("fd.name"), batch):
            self.print(num, name or "-", at=event)


class Fails(Chisel):
    fields = ("evt.num",)

    def on_event(self, event: Event) -> None:
        if event.num > 100:
            raise ValueError("on purpose")


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


def test_lines_of_a_batch_are_safe_for_terminals() -> None:
    class Raw(Chisel):
        pass

    info = RunInfo()
    info.terminal = True
    lines = [b"a\xff\x07b", "caf\u00e9\x1b[31m\n", None, b"\xc3", b"\xa9"]
    one, many = Raw(info), Raw(info)
    for line in lines:
        if line is not None:
            one.print(line)
    many.print_lines(Batch(None, np.arange(5), {}), lines)  # type: ignore[arg-type]
    assert "".join(text for _, text in many.out) == "".join(text for _, text in one.out)


def test_format_and_on_event(run_chisels: Run, call_cli: Call, demo: str) -> None:
    class Formatted(Chisel):
        filter = "evt.type=openat"
        format = "%evt.num %5evt.type|%fd.name"

        def on_event(self, event: Event) -> bool:
            return event.num % 2 == 0

    want = call_cli("-r", demo, "-p", Formatted.format, "evt.type=openat").stdout.decode().splitlines()
    got = run_chisels(Formatted).printed.splitlines()
    assert got == [line for line in want if int(line.split()[0]) % 2 == 0]


def test_a_failing_chisel_leaves_the_others_alone(run_chisels: Run) -> None:
    alone = run_chisels(Opens)
    both = run_chisels(Fails, Opens)
    assert both.printed == alone.printed
    assert "chisel Fails failed: ValueError: on purpose" in both.said and "test_runner.py" in both.said
    assert both.chisels.failed and not alone.chisels.failed


def test_the_run_ends_when_no_chisel_is_left(run_chisels: Run) -> None:
    run = run_chisels(Fails)
    assert run.chisels.failed and run.printed == ""


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


def test_output_does_not_wait_for_ever(run_chisels: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.chisel._MAX_WAITING", 100)
    most = 0

    class Endless(Chisel):
        def on_event(self, event: Event) -> None:
            nonlocal most
            for i in range(250):
                self.print(i)
                most = max(most, len(self.out))
            raise SystemExit("enough")

    run = run_chisels(Endless)
    assert run.printed == "".join(f"{i}\n" for i in range(250)) and most < 100
    assert "chisel Endless failed: SystemExit: enough" in run.said


def test_errors_in_configure(run_chisels: Run) -> None:
    class Broken(Chisel):
        def configure(self) -> None:
            raise KeyError("x")

    with pytest.raises(ChiselError, match="chisel Broken: KeyError: 'x'"):
        run_chisels(Broken)


def test_stop_ends_the_run_for_all(run_chisels: Run) -> None:
    class Stops(Chisel):
        stops = True
        filter = "evt.num>=150"

        def on_event(self, event: Event) -> None:
            self.print("stop")
            self.stop()

        def on_end(self) -> None:
            self.print("end", self.stopped)

    class Counts(Chisel):
        def on_start(self) -> None:
            self.seen: list[int] = []

        def on_event(self, event: Event) -> None:
            self.seen.append(event.num)

        def on_end(self) -> None:
            self.print("last", self.seen[-1])

    assert run_chisels(Counts, Stops).printed.splitlines() == ["stop", "last 149", "end true"]


def test_stop_must_be_declared(run_chisels: Run) -> None:
    class Stops(Chisel):
        def on_event(self, event: Event) -> None:
            self.stop()

    assert "declares stops = True" in run_chisels(Stops).said


def test_limits_and_filters_of_the_command_line(run_chisels: Run) -> None:
    class Numbers(Chisel):
        def on_event(self, event: Event) -> None:
            self.print(event.num)

    assert run_chisels(Numbers, "-n", "5").printed.count("\n") == 5
    some = run_chisels(Numbers, "evt.type=close").printed
    assert 0 < some.count("\n") < run_chisels(Numbers).printed.count("\n")
    assert run_chisels(Numbers, "-d", "evt.type=close").printed == run_chisels(Numbers).printed


def test_several_print_in_the_order_of_events(run_chisels: Run) -> None:
    class Closes(Opens):
        filter = "evt.type=close and evt.dir=<"

    lines = run_chisels(Closes, Opens).printed.splitlines()
    numbers = [int(line.split()[0]) for line in lines]
    assert numbers == sorted(numbers) and len(set(numbers)) == len(numbers)


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


def test_clock() -> None:
    clock = _Clock(10, forward=False)
    assert clock.ticks(np.array([5, 9, 12, 13, 35], np.uint64)) == [(2, 12, 7), (4, 35, 23)]
    assert clock.ticks(np.array([], np.uint64)) == []
    assert clock.ticks(np.array([29, 31], np.uint64)) == [(0, 29, -6), (1, 31, 2)]
    live = _Clock(10, forward=True)
    assert live.ticks(np.array([15, 21, 9, 25], np.uint64)) == [(1, 21, 6)]
    assert live.ticks(np.array([3], np.uint64)) == []


@pytest.mark.parametrize(
    ("as_json", "want"), [(False, "\x1b[31mred\x1b[0m\\x1b[2J\\x07\n"), (True, "\\u001b[31mred\\u001b[0m\\u001b[2J\\u0007\n")]
)
def test_what_chisels_print_is_safe_on_terminals(as_json: bool, want: str) -> None:
    run = RunInfo()
    run.terminal, run.json = True, as_json
    chisel = Chisel(run)
    chisel.print("\x1b[31mred\x1b[0m\x1b[2J\x07")
    assert "".join(line for _, line in chisel.out) == want


def test_bytes_come_out_as_they_came_in() -> None:
    chisel = Chisel()
    chisel.print("\udcff", "ä", b"\x00\xfe")
    chisel.write(b"\x80")
    assert "".join(line for _, line in chisel.out).encode("latin-1") == b"\xff \xc3\xa4 \x00\xfe\n\x80"


def test_refresh_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunInfo()
    run.live = run.terminal = True
    chisel = Chisel(run)
    monkeypatch.setenv("COLUMNS", "40")
    for lines in ("3", "9"):  # the window may change its size
        monkeypatch.setenv("LINES", lines)
        chisel.refresh(["a", "b", "c"])
    chisel.restore_screen()
    text = "".join(line for _, line in chisel.out)
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
