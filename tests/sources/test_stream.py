"""What open captures have in common: they begin with a section, go on to others, and are closed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pysysdig.events.build import event
from pysysdig.events.table import OLD
from pysysdig.scap.build import capture_bytes
from pysysdig.sources.input import open_source
from pysysdig.sources.opening import open_any
from pysysdig.sources.stream import Stream
from pysysdig.state.build import process, snapshot


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two captures one behind the other."""
    path = tmp_path / "a.scap"
    data = [
        capture_bytes(snapshot(process(tid, name)), [event("SYSCALL_GETUID_E", tid, tid)]) for tid, name in ((1, "a"), (2, "b"))
    ]
    path.write_bytes(b"".join(data))
    return path


def test_the_first_section_and_all_batches(path: Path) -> None:
    with open_any(str(path)) as capture:
        assert (capture.generation, [p.comm for p in capture.snapshot.processes]) == (OLD, ["a"])
        assert (capture.name, capture.waits, capture.take_losses()) == (str(path), False, [])
        assert [b.ts.tolist() for b in capture.batches()] == [[1], [2]]
        assert capture.progress() == 1.0


def test_it_is_closed_whatever_happens(path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(KeyError), open_any(str(path)) as capture:
        batches = list(capture.batches())
        raise KeyError
    assert len(os.listdir("/proc/self/fd")) == before and batches[0].ts.tolist() == [1]


def test_a_format_says_what_its_sections_are(path: Path) -> None:
    source = open_source(str(path))
    bare: Stream[Any] = Stream(source)
    with bare, pytest.raises(NotImplementedError):
        list(bare.sections())
