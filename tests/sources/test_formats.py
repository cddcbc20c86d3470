"""A format of captures is one package and one row; what reads and writes captures names none of them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from pysysdig.cli.main import main
from pysysdig.errors import CaptureError
from pysysdig.events.batch import EventBatch
from pysysdig.events.layout import LENGTH
from pysysdig.events.table import OLD
from pysysdig.sources.files import File
from pysysdig.sources.formats import FORMATS, Format, format_to_write
from pysysdig.sources.input import Source
from pysysdig.sources.opening import open_any
from pysysdig.sources.section import Plain
from pysysdig.sources.stream import Stream
from pysysdig.sources.writing import How, Writer
from pysysdig.state.snapshot import Snapshot
from pysysdig.state.view import EventView

WORD = b"toy!"


@pytest.fixture
def files(root: Path, tmp_path: Path) -> dict[str, Path]:
    scap = root / "captures" / "udp.scap"
    pscap = tmp_path / "udp.pscap"
    assert main(["-r", str(scap), "-w", str(pscap)]) == 0
    return {"scap": scap, "pscap": pscap}


@pytest.mark.parametrize("row", FORMATS, ids=lambda f: f.name)
def test_a_file_is_read_by_the_package_of_its_format(row: Format, files: dict[str, Path]) -> None:
    path = files[row.name]
    assert path.read_bytes().startswith(row.magic)
    with open_any(str(path)) as capture:
        assert type(capture).__module__ == row.reader
        assert capture.format == row.name
        for section in capture.sections():
            assert section.complete and section.generation == capture.generation
            assert section.recorded(0) is (section if row.name == "pscap" else None)
            assert sum(map(len, section.batches())) > 1000
        assert capture.take_losses() == []
    assert callable(import_module(row.reader).capture_of)


@pytest.mark.parametrize("name, path, chosen", [
    ("", "a.scap", "scap"), ("", "a.cap.gz", "scap"), ("", "a.scap.gz", "scap"), ("", "a.pscap", "pscap"), ("", "-", "pscap"),
    ("", "scap", "pscap"), ("scap", "a.pscap", "scap"), ("pscap", "a.scap", "pscap"),
])  # fmt: skip
def test_what_is_written_is_in_the_format_that_the_name_asks_for(name: str, path: str, chosen: str) -> None:
    assert format_to_write(name, path).name == chosen


class ToyCapture(Stream[Any]):
    """Read whole: a word, then all events as they are encoded, each behind a byte that says whether it is hidden."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        data = source.region(len(WORD), 1 << 20, 1 << 20, len(WORD)).tobytes()
        events, hidden = [], []
        while data:
            size = 1 + int.from_bytes(data[17:21], "little")
            events.append(data[1:size])
            hidden.append(bool(data[0]))
            data = data[size:]
        self._first = ToySection(events, hidden)

    def sections(self) -> Iterator[ToySection]:
        yield self._first


class ToySection(Plain):
    generation = OLD

    def __init__(self, events: list[bytes], hidden: list[bool]) -> None:
        self.snapshot = Snapshot()
        self._events = events
        self._hidden = hidden

    def batches(self) -> Iterator[EventBatch]:
        batch = EventBatch.of_encoded(self._events)
        batch.hidden = np.array(self._hidden)
        yield batch


class ToyWriter(Writer):
    """A word at the head of each file, then the events."""

    def open(self, file: File) -> None:
        self._file = file

    def head(self, snapshot: Snapshot, num: int | None) -> None:
        self._file.write(WORD)

    def fitting(self, batch: EventBatch, sel: npt.NDArray[np.int64], limit: int) -> int:
        return 0 if self._file.size > limit else len(sel)

    def write(self, view: EventView, sel: npt.NDArray[np.int64]) -> None:
        batch = view.batch
        hidden = np.zeros(len(batch), bool) if batch.hidden is None else batch.hidden
        sizes = batch.view("u4")[batch.off[sel] + LENGTH].tolist()
        for off, size, flag in zip(batch.off[sel].tolist(), sizes, hidden[sel].tolist()):
            self._file.write(bytes([flag]) + batch.buf[off : off + size].tobytes())


def capture_of(source: Source) -> ToyCapture:
    return ToyCapture(source)


def writer_of(how: How) -> ToyWriter:
    return ToyWriter(how)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Format:
    """The one row that a format takes."""
    row = Format("toy", "a toy", WORD, __name__, __name__, r"\.toy")
    monkeypatch.setattr("pysysdig.sources.formats.FORMATS", (*FORMATS, row))
    return row


def lines(capfd: pytest.CaptureFixture[str], *argv: str) -> list[str]:
    capfd.readouterr()
    assert main([*argv, "-p", "*%evt.type %evt.rawarg.res %evt.rawarg.fd"]) == 0
    return capfd.readouterr().out.splitlines()


def test_another_format_takes_a_row(toy: Format, root: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It is written and read, by its name or by that of the file, with a filter, and from any other format."""
    demo = str(root / "captures" / "syscalls.scap")
    copy, named, some = (str(tmp_path / name) for name in ("a.toy", "b", "c.toy"))
    assert main(["-r", demo, "-w", copy]) == 0
    assert main(["-r", demo, "-w", named, "--write-format", "toy"]) == 0
    assert Path(copy).read_bytes() == Path(named).read_bytes()
    assert Path(copy).read_bytes().startswith(WORD)
    assert lines(capfd, "-r", copy) == lines(capfd, "-r", demo) != []
    assert main(["-r", demo, "-w", some, "evt.type=read"]) == 0
    assert lines(capfd, "-r", some) == lines(capfd, "-r", demo, "evt.type=read") != []
    back = str(tmp_path / "d.pscap")
    assert main(["-r", copy, "-w", back]) == 0
    assert lines(capfd, "-r", back) == lines(capfd, "-r", demo)


def test_another_format_can_be_rotated(toy: Format, root: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    demo = str(root / "captures" / "syscalls.scap")
    assert main(["-r", demo, "-w", str(tmp_path / "a.toy"), "-C", "1", "-n", "500"]) == 0
    assert main(["-r", demo, "-w", str(tmp_path / "b.toy"), "-e", "100", "-n", "500"]) == 0
    assert len(list(tmp_path.glob("b.toy*"))) == 5
    every = [line for k in range(5) for line in lines(capfd, "-r", str(tmp_path / f"b.toy{k}"))]
    assert every == lines(capfd, "-r", str(tmp_path / "a.toy0")) == lines(capfd, "-r", demo, "-n", "500")


def test_another_format_is_in_the_messages(toy: Format, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["-r", "x", "-w", "y", "--write-format", "other"]) == 1
    assert capfd.readouterr().err == "pysysdig: invalid format other: scap or pscap or toy\n"


def test_what_no_reader_takes_is_tried_by_the_one_that_takes_all(toy: Format, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"no capture")
    with pytest.raises(CaptureError):
        open_any(str(path))
