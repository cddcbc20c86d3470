"""-w never writes to a file that -r reads, whatever either is called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.sources.files import File, identities
from tests.conftest import Call


@pytest.fixture
def series(root: Path, tmp_path: Path, call_cli: Call) -> Path:
    """A folder with q.scap0 ..., a link and a hard link to q.scap1."""
    assert call_cli("-r", root / "captures" / "demo.scap", "-w", tmp_path / "q.scap", "-e", "500").returncode == 0
    (tmp_path / "link").symlink_to("q.scap1")
    os.link(tmp_path / "q.scap1", tmp_path / "hard")
    return tmp_path


@pytest.mark.parametrize("name", ["q.scap1", "link", "hard", "."])
@pytest.mark.parametrize(
    "options",
    [
        ("-w", "q.scap", "-e", "500"),
        ("-w", "q.scap", "-C", "1"),
        ("-w", "q.scap", "-G", "1"),
        ("-w", "q.scap", "-C", "1", "-W", "20"),
        ("-w", "q.scap1"),
        ("-w", "link"),
        ("-w", "hard"),
    ],
)
def test_what_is_read_stays(
    name: str, options: tuple[str, ...], series: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(series)
    before = {path.name: path.read_bytes() for path in series.iterdir()}
    if options[-1] == "20":  # two digits
        os.rename("q.scap1", "q.scap01")
        if name == "q.scap1":
            name = "q.scap01"
        elif name == "link":
            name = "hard"
        before["q.scap01"] = before.pop("q.scap1")
        os.unlink("link")
        before.pop("link")
    got = call_cli("-r", name, *options)
    assert (got.returncode, got.stdout, got.stderr.count(b"\n")) == (1, b"", 1)
    assert b"write to another one" in got.stderr
    assert {path.name: path.read_bytes() for path in series.iterdir()} == before


def test_names_by_time_are_found_when_they_are_due(series: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first file has a fixed name; those after it are known once their time has come."""
    monkeypatch.chdir(series)
    os.link("q.scap1", "first_dump.scap")
    want = Path("q.scap1").read_bytes()
    got = call_cli("-r", "q.scap1", "-w", "t%S.scap", "-G", "1")
    assert (got.returncode, got.stderr.count(b"\n")) == (1, 1)
    assert Path("q.scap1").read_bytes() == want


def test_a_file_is_known_when_it_is_opened(series: Path) -> None:
    read = identities([str(series / "q.scap1")])
    for name in ("q.scap1", "link", "hard"):
        before = (series / name).read_bytes()
        with pytest.raises(PysysdigError, match="a file that -r reads"):
            File(str(series / name), read)
        assert (series / name).read_bytes() == before
    File(str(series / "other"), read).close()


@pytest.mark.parametrize("target", ["q.scap1", "link", "hard", "r.yaml"])
def test_alerts_are_not_written_into_what_is_read(
    target: str, series: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(series)
    Path("r.yaml").write_text("- {rule: r, desc: d, condition: evt.type=openat, output: o, priority: INFO}\n")
    before = {path.name: path.read_bytes() for path in series.iterdir()}
    options = ("-o", "file_output.enabled=true", "-o", f"file_output.filename={target}")
    got = call_cli("-r", "q.scap1", "--rules", "r.yaml", *options)
    assert (got.returncode, got.stdout) == (1, b"") and b"is read; name another file" in got.stderr
    assert {path.name: path.read_bytes() for path in series.iterdir()} == before
    assert call_cli("-r", "q.scap1", "--rules", "r.yaml", *options[:3], "file_output.filename=alerts").returncode == 0
    assert Path("alerts").read_bytes()


def test_other_names_are_free(series: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(series)
    for options in (("-w", "q.scap"), ("-w", "r.scap", "-e", "500"), ("-w", "q.sca", "-e", "500")):
        assert call_cli("-r", "q.scap1", *options).returncode == 0
