"""From a filtered trace to a .scap file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pysysdig.scap import versions
from pysysdig.sources import snapshots
from tests.conftest import Call
from tests.trace.written import NAMES, source_of


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("fd.name contains /", NAMES),
        ("evt.type in (read, write)", f"{NAMES} %fd.num %fd.name %evt.latency %evt.args"),
        ("evt.type in (openat, execve)", f"{NAMES} %fd.name"),
        ("proc.name=nosuch", NAMES),
    ],
)
def test_filtered_to_scap(text: str, form: str, root: Path, tmp_path: Path, call_cli: Call) -> None:
    """The events that would have changed names are not there: new sections of the file say them."""
    source, kept, theirs = source_of(root, "demo"), tmp_path / "f.pscap", tmp_path / "f.scap"
    call_cli("-r", source, "-w", kept, text)
    call_cli("-r", kept, "-w", theirs)
    want = call_cli("-r", source, "-p", form, text).stdout.splitlines()
    assert (len(want) > 50) is (text != "proc.name=nosuch")
    assert call_cli("-r", theirs, "-p", form).stdout.splitlines() == want


def test_what_is_looked_at_late_is_there(root: Path, tmp_path: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A larger file is read piece by piece: what it says of threads is looked at after it has been read once."""
    source, kept, theirs = source_of(root, "demo"), tmp_path / "f.pscap", tmp_path / "f.scap"
    call_cli("-r", source, "-w", kept, "fd.name contains /")
    monkeypatch.setattr("pysysdig.sources.input.LEAST", 512)
    monkeypatch.setattr("pysysdig.sources.input.CHUNK", 4096)
    done = call_cli("-r", kept, "-w", theirs)
    assert not done.returncode and not done.stderr
    assert call_cli("-r", theirs, "-p", NAMES).stdout == call_cli("-r", source, "-p", NAMES, "fd.name contains /").stdout


def test_of_many_processes_few_are_listed_again(
    root: Path, tmp_path: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only those that the events of a section look up are made entries of a list; making all of them was most of the work."""
    source, kept = source_of(root, "demo"), tmp_path / "f.pscap"
    call_cli("-r", source, "-w", kept, "fd.name contains /")
    known: list[int] = []
    made: list[int] = []
    needed, process = versions.Versions._needed, snapshots.process

    def counted(self: versions.Versions, *args: Any) -> Any:
        known.append(len(self._threads))
        return needed(self, *args)

    monkeypatch.setattr(versions.Versions, "_needed", counted)

    def entry(*args: Any) -> Any:
        made.append(1)
        return process(*args)

    monkeypatch.setattr(versions, "process", entry)
    call_cli("-r", kept, "-w", tmp_path / "f.scap")
    assert len(known) > 3 and len(made) < sum(known) / 2


@pytest.mark.slow
def test_filtered_to_scap_in_frames(root: Path, tmp_path: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sections go on where frames end; a second filter and a limit of what sections may take leave all events there."""
    source, kept, theirs = source_of(root, "demo"), tmp_path / "f.pscap", tmp_path / "f.scap"
    monkeypatch.setattr("pysysdig.scap.reader.MAX_EVENTS", 100)
    call_cli("-r", source, "-w", kept, "evt.type in (read, write, close, openat)")
    for text in ("", "evt.type=close", "evt.num>1500"):
        call_cli("-r", kept, "-w", theirs, *[text][: bool(text)])
        want = call_cli("-r", kept, "-p", NAMES, *[text][: bool(text)]).stdout
        assert want and call_cli("-r", theirs, "-p", NAMES).stdout == want
    monkeypatch.setattr("pysysdig.scap.target._TELLING", 0)
    form = "*%evt.rawtime %evt.type %proc.pid"
    call_cli("-r", kept, "-w", theirs)
    assert call_cli("-r", theirs, "-p", form).stdout == call_cli("-r", kept, "-p", form).stdout
    assert b"<NA>" not in call_cli("-r", theirs, "-p", "*%proc.name %proc.exe").stdout
