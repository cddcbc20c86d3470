"""The writer: what it writes reads back the same, here and with sysdig."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pysysdig.events import build as ev
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import TYPES
from pysysdig.scap.reader import open_capture
from pysysdig.scap.writer import CaptureWriter
from pysysdig.state import build as st
from pysysdig.state.snapshot import Snapshot
from tests import pieces


def plain(entry: Any) -> dict[str, Any]:
    return {k: [plain(f) for f in getattr(entry, k)] if k == "fds" else getattr(entry, k) for k in entry.__slots__}


def contents(before: Snapshot) -> list[Any]:
    lists = (before.processes, before.accounts, before.interfaces)
    return [before.hostname, before.num_cpus, before.boot_ts, *([plain(e) for e in entries] for entries in lists)]


def copy(source: Path, target: Path) -> None:
    with open_capture(str(source)) as capture, target.open("wb") as f:
        for section in capture.sections():
            writer = CaptureWriter(f, section.snapshot)
            for batch in section.batches():
                writer.write(batch)


def events(path: Path) -> list[tuple[Any, ...]]:
    out = []
    with open_capture(str(path)) as capture:
        for batch in capture.batches():
            length = batch.view("u4")[batch.off + 16]
            for i, (at, size) in enumerate(zip(batch.off.tolist(), length.tolist())):
                hidden = batch.hidden is not None and bool(batch.hidden[i])
                out.append((batch.buf[at : at + size].tobytes(), int(batch.cpu[i]), hidden))
    return out


@pytest.mark.parametrize("name", ["demo", "udp", "exit_only_udp", "syscalls"])
def test_copy_of_a_recording(root: Path, tmp_path: Path, name: str) -> None:
    source = root / "captures" / f"{name}.scap"
    copy(source, tmp_path / "copy.scap")
    with open_capture(str(source)) as one, open_capture(str(tmp_path / "copy.scap")) as two:
        assert contents(one.snapshot) == contents(two.snapshot) and one.generation == two.generation
    assert events(source) == events(tmp_path / "copy.scap")


def test_selection_hidden_and_large(tmp_path: Path) -> None:
    some = [ev.event("SYSCALL_READ_E", i, 1, [3, 4], cpu=i, hidden=i == 2) for i in range(5)]
    some.append(ev.event("PLUGINEVENT_E", 9, -1, [1, bytes(100_000)]))
    with (tmp_path / "a.scap").open("wb") as f:
        CaptureWriter(f, st.snapshot()).write(ev.batch(some), np.array([0, 2, 5]))
    with open_capture(str(tmp_path / "a.scap")) as capture:
        batch = next(capture.batches())
    assert batch.ts.tolist() == [0, 2, 9] and batch.cpu.tolist() == [0, 2, 0] and batch.hidden is not None
    assert batch.hidden.tolist() == [True, True, False] if batch.type[0] == TYPES["USER_ADDED_E"] else [False, True, False]
    assert batch.raw(batch.spans(TYPES["PLUGINEVENT_E"], np.array([2])), 1) == [bytes(100_000)]


def test_headers_without_a_count_get_one() -> None:
    some = [
        ev.event("SYSCALL_OPENAT_2_X", 1, 1, [3, -100, "/f", 1, 0], v1=True),
        ev.event("SCHEDSWITCH_1_E", 2, 1, [7], v1=True),
    ]
    out = io.BytesIO()
    writer = CaptureWriter(out, st.snapshot())
    start = out.tell()
    batch: EventBatch = ev.batch(some)
    writer.write(batch)
    written = out.getvalue()[start:]
    again = [ev.event("SYSCALL_OPENAT_2_X", 1, 1, [3, -100, "/f", 1, 0]), ev.event("SCHEDSWITCH_1_E", 2, 1, [7])]
    assert written == b"".join(pieces.event_block(e, 0x216) for e in again)


@pytest.mark.skipif(not shutil.which("sysdig"), reason="sysdig is not installed")
@pytest.mark.parametrize("name", ["udp", "syscalls"])
def test_sysdig_reads_it(root: Path, tmp_path: Path, name: str) -> None:
    source = root / "captures" / f"{name}.scap"
    copy(source, tmp_path / "copy.scap")
    printed = [
        subprocess.run(
            ["sysdig", "-r", str(p), "-p", "%evt.num %evt.type %proc.name %fd.name"], capture_output=True, check=False, timeout=60
        ).stdout
        for p in (source, tmp_path / "copy.scap")
    ]
    assert printed[0] == printed[1] and printed[0]
