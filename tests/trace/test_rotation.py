"""Rotation: how many events each file gets, that each stands alone, and that names are those of sysdig."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pysysdig.events.build import event
from pysysdig.scap.build import write_capture
from pysysdig.sources.opening import open_any
from pysysdig.state.build import process, snapshot, user
from tests.conftest import Call

COUNT = 400
START = 1_700_000_000_000_000_000
CONTAINER = "0123456789abcdef" * 4


def _told(ts: int) -> list[object]:
    text = f'{{"container":{{"type":0,"id":"{CONTAINER[:12]}","name":"amber","image":"resin","labels":{{}}}}}}'
    return [
        event("CONTAINER_JSON_E", ts, -1, [text]),
        event("USER_ADDED_E", ts, -1, [7, 7, "ada", "/", "/bin/sh", CONTAINER[:12]]),
    ]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 events, one every 25 ms, of a process in a container that is told about at the start, and after 100 of them."""
    events = [event(f"SYSCALL_CLOSE_{'EX'[i % 2]}", START + i * 25_000_000, 42, [3 * (1 - i % 2)]) for i in range(COUNT)]
    inside = process(42, "cat", uid=7, cgroups=[f"cpuset=/docker/{CONTAINER}"])
    everything = [*_told(START), *events[:100], *_told(START + 2_490_000_000)[:1], *events[100:]]
    path = tmp_path_factory.mktemp("rotation") / "a.scap"
    return write_capture(path, snapshot(inside, accounts=[user(0, "root")]), everything)  # type: ignore[arg-type]


def _shown(path: Path) -> int:
    """How many events a file has that are not hidden."""
    with open_any(str(path)) as capture:
        return sum(len(b) - (0 if b.hidden is None else int(b.hidden.sum())) for b in capture.batches())


def _counts(folder: Path) -> dict[str, int]:
    return {name: _shown(folder / name) for name in sorted(os.listdir(folder))}


@pytest.mark.parametrize("ending", ["scap", "pscap"])
def test_counts(ending: str, source: Path, tmp_path: Path, call_cli: Call) -> None:
    """What a recorder tells about the machine before the first event is no event of the file."""
    assert call_cli("-r", source, "-w", tmp_path / f"o.{ending}", "-e", "150").returncode == 0
    assert list(_counts(tmp_path).values()) == [150, 150, 101]


@pytest.mark.parametrize("words", [("-e", "60"), ("-G", "3"), ("-G", "2", "-e", "50"), ("-C", "1", "-G", "4")])
@pytest.mark.parametrize("ending", ["scap", "pscap"])
def test_each_file_stands_alone(words: tuple[str, ...], ending: str, source: Path, tmp_path: Path, call_cli: Call) -> None:
    assert call_cli("-r", source, "-w", tmp_path / f"o.{ending}", *words).returncode == 0
    assert len(os.listdir(tmp_path)) > 2
    form = "*%evt.rawtime %evt.type %proc.name %container.name %container.image %user.name"
    want = call_cli("-r", source, "-p", form, "evt.type=close").stdout
    assert b"cat amber resin ada" in want
    assert call_cli("-r", tmp_path, "-p", form, "evt.type=close").stdout == want
    for name in os.listdir(tmp_path):
        got = call_cli("-r", tmp_path / name, "-p", "*%container.name %user.name", "evt.type=close").stdout
        assert set(got.split()) == {b"amber", b"ada"}


def test_a_filtered_trace_tells_a_capture_all_it_knows(source: Path, tmp_path: Path, call_cli: Call) -> None:
    ours, theirs = tmp_path / "f.pscap", tmp_path / "f.scap"
    call_cli("-r", source, "-w", ours, "evt.type=close")
    call_cli("-r", ours, "-w", theirs)
    form = "*%evt.rawtime %proc.name %container.name %container.image %user.name"
    want = call_cli("-r", source, "-p", form, "evt.type=close").stdout
    assert b"amber" in want and call_cli("-r", theirs, "-p", form).stdout == want


@pytest.mark.skipif(shutil.which("sysdig") is None, reason="sysdig is not installed")
@pytest.mark.parametrize(
    "words",
    [
        ("o", "-G", "3"),
        ("o", "-G", "3", "-W", "2"),
        ("o%M%S.scap", "-G", "3"),
        ("o%M%S.scap", "-G", "2", "-W", "3"),
        ("o%M%S", "-G", "2", "-C", "1"),
        ("o.scap", "-C", "1", "-W", "12"),
        ("o.scap", "-C", "1", "-z"),
        ("o.scap", "-G", "4", "-C", "1", "-W", "20"),
    ],
)
def test_names_and_counts_of_sysdig(
    words: tuple[str, ...], tmp_path: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [event("SYSCALL_CLOSE_X", START + i * 25_000_000, 42, [0]) for i in range(COUNT)]
    source = write_capture(tmp_path / "a.scap", snapshot(process(42, "cat")), events)
    found = []
    for who in ("sysdig", "pysysdig"):
        folder = tmp_path / who
        folder.mkdir()
        monkeypatch.chdir(folder)
        if who == "sysdig":
            subprocess.run(
                ["sysdig", "-r", source, "-w", *words], check=True, capture_output=True, env={**os.environ, "TZ": "UTC"}
            )
        else:
            assert call_cli("-r", source, "-w", *words, "--write-format", "scap").returncode == 0
        found.append(_counts(folder))
    assert found[0] == found[1]


def test_a_directory_in_the_making(source: Path, tmp_path: Path, call_cli: Call) -> None:
    """Both formats, foreign files, a file that was only begun, and one whose writer was killed: all there is, in time order."""
    folder = tmp_path / "d"
    folder.mkdir()
    call_cli("-r", source, "-w", tmp_path / "o.pscap", "-e", "30")
    call_cli("-r", source, "-w", tmp_path / "o.scap", "-e", "30")
    count = len(list(tmp_path.glob("o.pscap*")))
    for i in range(count):  # nine, ten: by number, not by name
        kind = ("pscap", "scap")[i % 2]
        shutil.copy(tmp_path / f"o.{kind}{i}", folder / f"f{i}")
    (folder / "notes.txt").write_text("nothing")
    (folder / "sub").mkdir()
    form = "*%evt.rawtime %evt.type %proc.name"
    want = call_cli("-r", source, "-p", form, "evt.type=close").stdout
    got = call_cli("-r", folder, "-p", form, "evt.type=close")
    assert (got.returncode, got.stdout) == (0, want)
    last = folder / f"f{count - 1}"
    whole = last.read_bytes()
    lost = call_cli("-r", last, "-p", form, "evt.type=close").stdout
    with open_any(str(tmp_path / "o.pscap0")) as stream:
        begun = stream._at
    for cut in ((tmp_path / "o.pscap0").read_bytes()[:begun], whole[: len(whole) // 2]):
        last.write_bytes(cut)
        got = call_cli("-r", folder, "-p", form, "evt.type=close")
        assert got.stdout.startswith(want[: -len(lost)]) and len(got.stdout) < len(want)
        assert got.returncode == (0 if len(cut) == begun else 1)
        assert got.stderr.count(b"\n") == got.returncode


def test_an_empty_directory(tmp_path: Path, call_cli: Call) -> None:
    got = call_cli("-r", tmp_path)
    assert got.returncode == 1 and b"no captures in this directory" in got.stderr
