"""Events made by hand are what the reader, the table and the state make of real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.replay import replay
from pysysdig.scap.build import write_capture
from pysysdig.sources.opening import open_any
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector

OPENAT = event("SYSCALL_OPENAT_2_X", 1_000, 42, [3, -100, "/etc/passwd", 1, 0, 0, 0])


def test_they_have_state() -> None:
    view = Inspector(snapshot(process(42, "cat")), CURRENT, 2).process(batch([OPENAT], first_num=7))
    assert view.batch.num.tolist() == [7] and view.threads.rows[int(view.thread[0])].comm == "cat"
    assert view.fds.rows[int(view.fd[0])].name == "/etc/passwd"


def test_they_pass_filters_from_a_file(tmp_path: Path) -> None:
    path = write_capture(tmp_path / "a.scap", snapshot(process(42, "cat")), [OPENAT, event("SYSCALL_GETUID_X", 2_000, 42, [0])])
    with open_any(str(path)) as capture:
        found = [
            np.asarray(view.batch.num[sel]).tolist() for view, sel in replay(capture.sections(), "fd.name=/etc/passwd", level=2)
        ]
    assert found == [[1]]


@pytest.mark.parametrize("compressed", [True, False])
def test_files_may_be_compressed(tmp_path: Path, compressed: bool) -> None:
    path = write_capture(tmp_path / "a.scap", snapshot(), [OPENAT], compressed=compressed)
    assert (path.read_bytes()[:2] == b"\x1f\x8b") is compressed


def test_what_cannot_be() -> None:
    with pytest.raises(KeyError):
        event("NO_SUCH_X")
    with pytest.raises(ValueError, match="has 1 parameters, not 2"):
        event("SYSCALL_GETUID_X", params=[1, 2])
    with pytest.raises(OverflowError):
        event("SYSCALL_CLOSE_X", params=[1 << 80])
    assert event("SYSCALL_CLOSE_E", params=[3], generation=OLD).data != event("SYSCALL_CLOSE_E", params=[4], generation=OLD).data
