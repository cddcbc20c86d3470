"""Lines that are put together by columns are those that are made event by event."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pysysdig.chisel import Chisel, RunInfo
from pysysdig.chiselkit.events import Batch
from pysysdig.chiselkit.families import Payload
from pysysdig.chiselkit.lines import Lines, shown, told
from pysysdig.chiselkit.text import size
from pysysdig.fields.lookup import lookup
from pysysdig.render.pieces import Coded
from pysysdig.replay import replay
from pysysdig.sources.opening import open_any
from pysysdig.state.levels import FD

FIELDS = ("evt.type", "evt.rawarg.res", "evt.is_io_read", "evt.arg.data", "fd.name", "proc.name", "evt.num")


@pytest.fixture
def batch(root: Path) -> Batch:
    """The events of a capture."""
    with open_any(str(root / "captures" / "demo.scap")) as capture:
        view, sel = next(iter(replay(capture.sections(), "", level=FD)))
    return Batch(view, sel, {name: lookup(name) for name in FIELDS})


@pytest.mark.parametrize(
    "names", [("evt.type",), ("evt.is_io_read", "evt.type"), ("proc.name", "fd.name", "evt.rawarg.res"), ("evt.num",)]
)
def test_told(batch: Batch, names: tuple[str, ...]) -> None:
    lines = Lines(["<", told(batch, names, lambda *values: f"\u00fc{values}"), ">"], len(batch))
    assert list(lines) == [f"<\u00fc{values}>" for values in zip(*map(batch.values, names))]
    assert lines.joined() == "".join(line + "\n" for line in lines.texts())
    assert lines[3] == list(lines)[3] and lines[2:5] == list(lines)[2:5] and len(lines) == len(batch)


def test_what_repeats_is_told_once(batch: Batch) -> None:
    calls: list[str] = []

    def tell(name: str) -> str:
        calls.append(name)
        return ""

    piece = told(batch, ("evt.type",), tell)
    assert isinstance(piece, Coded) and sorted(calls) == sorted(set(batch.values("evt.type")))


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("step", [1, 3, 100000])
def test_payloads_are_told_apart_across_batches(batch: Batch, step: int, alone: bool) -> None:
    """A line above data whose direction is another one than that of what came before, whatever the batches are."""
    expected, before = "", None
    for read, count, data in zip(*map(batch.values, ("evt.is_io_read", "evt.rawarg.res", "evt.arg.data"))):
        if data is not None and count is not None and count > 0:
            if read is not before:
                heading, before = f"------ {'Read' if read else 'Write'} {size(count)}", read
            expected += f"{heading}\n{data}\n"
    chisel = Payload(RunInfo(), {"disable_color": True})
    chisel.out.alone = alone
    chisel.on_start()
    for at in range(0, min(len(batch), 3000 if step < 100 else len(batch)), step):
        chisel.on_batch(batch.at(np.arange(at, min(at + step, len(batch)))))
    printed = "".join(text for _, text in chisel.out.waiting)
    assert printed and (printed == expected if step > 100 else expected.startswith(printed))


def test_lines_that_a_chisel_prints(batch: Batch) -> None:
    one, many = Chisel(RunInfo(), {}), Chisel(RunInfo(), {})
    many.out.alone = True
    for chisel in (one, many):
        chisel.print_lines(batch, Lines([shown(batch, "evt.type")], len(batch)))
    assert (
        "".join(text for _, text in one.out.waiting)
        == "".join(text for _, text in many.out.waiting)
        == "\n".join(batch.values("evt.type")) + "\n"
    )
