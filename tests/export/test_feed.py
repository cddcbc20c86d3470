"""Which events a table is made of."""

from __future__ import annotations

import gc
import os
import subprocess
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pysysdig
from pysysdig.errors import CaptureError
from pysysdig.export import schema
from pysysdig.export.feed import Feed, standard
from pysysdig.state.levels import FD
from pysysdig.trace.playback import Playback
from tests.eventsources.audit_events import audit, log

Call = Callable[..., subprocess.CompletedProcess[bytes]]


def test_as_many_as_are_printed(root: Path, run_cli: Call) -> None:
    for capture in sorted((root / "captures").glob("*.scap")):
        for filter_text in ("", "evt.type=openat", "proc.name=cat"):
            trace = pysysdig.open(capture)
            if filter_text:
                trace = trace.filter(filter_text)
            assert trace.count() == len(run_cli("-r", str(capture), filter_text).stdout.splitlines())


def test_directories_are_read_in_order(root: Path) -> None:
    whole = pysysdig.open(root / "captures")
    assert whole.count() == sum(pysysdig.open(p).count() for p in (root / "captures").glob("*.scap"))


def test_what_is_damaged_does_not_stop_the_others(root: Path, tmp_path: Path) -> None:
    demo = root / "captures" / "demo.scap"
    cut = tmp_path / "cut.scap"
    cut.write_bytes(demo.read_bytes()[:-2000])
    rows = []
    with pytest.raises(CaptureError, match="cut.scap"):
        for row in pysysdig.open(cut, demo).select("evt.num").rows():
            rows.append(row[0])
    both = pysysdig.open(demo).count()
    assert both < len(rows) < 2 * both


def test_calls_are_what_rules_see(root: Path) -> None:
    """One a call: no enter event that only completes an older exit event is left."""
    trace = pysysdig.open(root / "captures" / "demo.scap", calls=True)
    dirs = set(trace.select("evt.dir", "evt.type").rows())
    assert (">", "openat") not in dirs and ("<", "openat") in dirs


@pytest.mark.live
def test_live() -> None:
    found = list(pysysdig.live(1.0).select("evt.num", "proc.name", "evt.type").rows())
    assert len(found) > 10
    assert any(name for _, name, _ in found)


def test_many_captures_are_not_kept(root: Path, tmp_path: Path, run_cli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are: what was made of one is gone some later, although the collector does not run by itself."""
    own = tmp_path / "x.pscap"
    run_cli("-r", str(root / "captures" / "udp.scap"), "-n", "20", "-w", str(own))
    (tmp_path / "many").mkdir()
    for number in range(60):
        (tmp_path / "many" / f"{number}.pscap").symlink_to(own)
    there: weakref.WeakSet[Playback] = weakref.WeakSet()
    begin = Playback.__init__

    def counted(self: Playback, *args: Any, **named: Any) -> None:
        begin(self, *args, **named)
        there.add(self)

    monkeypatch.setattr(Playback, "__init__", counted)
    most = 0
    gc.disable()
    try:
        for _, _ in Feed((str(tmp_path / "many"),)).views(FD):
            most = max(most, len(there))
    finally:
        gc.enable()
    assert 0 < most <= 20


def test_columns_that_nobody_has_chosen(root: Path, tmp_path: Path) -> None:
    """The first file that can be read says what they are."""
    usual = schema.wide()
    assert standard(()) == usual == standard([str(root / "captures" / "demo.scap")]) == standard([str(tmp_path / "nosuch")])
    assert standard([str(tmp_path)]) == usual
    (tmp_path / "a_readme").write_bytes(b"no capture")
    path = log(tmp_path, audit())
    assert standard([str(tmp_path / "nosuch"), str(tmp_path)]) == standard([str(path)]) == schema.preset("k8s_audit")


def test_columns_of_a_directory_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual ones; what is wrong is said by who reads it."""

    def refuse(path: str) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refuse)
    assert standard([str(tmp_path)]) == schema.wide()
    with pytest.raises(CaptureError, match="can't open directory: Permission denied"):
        Feed((str(tmp_path),)).files()
