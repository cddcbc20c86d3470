"""A format of captures is one package and one row; what reads captures names none of them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from pysysdig.cli.main import main
from pysysdig.errors import CaptureError
from pysysdig.scap.reader import CaptureStream
from pysysdig.sources.formats import FORMATS, Format
from pysysdig.sources.input import Source
from pysysdig.sources.opening import open_any


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
        assert type(capture).__module__ == row.module
        for section in capture.sections():
            assert section.complete and section.generation == capture.generation
            assert section.recorded(0) is (section if row.name == "pscap" else None)
            assert sum(map(len, section.batches())) > 1000
        assert capture.take_losses() == []
    assert callable(import_module(row.module).capture_of)


def test_what_begins_like_no_other_is_tried_last() -> None:
    assert [f.name for f in FORMATS if not f.magic] == [FORMATS[-1].name]


def test_another_format_takes_a_row(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here: a scap file behind a word of its own."""
    path = tmp_path / "x.other"
    path.write_bytes(b"other!" + (root / "captures" / "udp.scap").read_bytes())
    with pytest.raises(CaptureError):
        open_any(str(path))
    monkeypatch.setattr("pysysdig.sources.opening.FORMATS", (Format("other", b"other!", __name__), *FORMATS))
    with open_any(str(path)) as capture:
        assert capture.name == "taken by the other one"


class _Other(CaptureStream):
    def __init__(self) -> None:
        """It reads nothing."""

    @property
    def name(self) -> str:
        return "taken by the other one"

    def close(self) -> None:
        """Nothing is open."""


def capture_of(source: Source) -> CaptureStream:
    source.close()
    return _Other()
