"""sysdig's format as one that a run writes: what is kept beside the chosen events, and when a file is full."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np
import pytest

from pysysdig.events.build import event
from pysysdig.scap.target import Target, writer_of
from pysysdig.sources.opening import open_any
from pysysdig.sources.writing import How
from pysysdig.state.levels import FD
from tests.sources.written import getuid, ready, times

USER = event("USER_ADDED_E", 5, -1, [5, 6, "joe", "/j", "/sh", ""])
EXEC = event("SYSCALL_EXECVE_19_X", 6, 7, [0, "/bin/x", b"", 7, 7, 1, "/", 1024, 0, 0, 1, 1, 1, "x"])


@pytest.mark.parametrize("complete", [True, False])
def test_state_is_left_to_readers(complete: bool) -> None:
    writer = writer_of(How(complete=complete))
    assert (writer.level, writer.every_view, writer.takes_batches) == (FD, not complete, False)


@pytest.mark.parametrize("how, kept, hidden", [
    (How(complete=False), [1, 2], []),
    (How(complete=False, live=True), [0, 1, 2], []),
    (How(complete=False, fatfile=True), [0, 1, 2, 3], [0, 1, 3]),
])  # fmt: skip
def test_what_is_kept_beside_the_chosen(how: How, kept: list[int], hidden: list[int], tmp_path: Path) -> None:
    """Events that the recorder made (1), live those that tell of accounts (0), with -F what changes the state, not shown (3)."""
    writer = Target(how)
    view = ready(writer, tmp_path / "a", USER, event("DROP_E", 1, -1, [1]), getuid(2), EXEC).view
    assert writer.choose(view, np.array([2]), last=False, begun=True).tolist() == kept
    marked = view.batch.hidden
    assert ([] if marked is None else np.flatnonzero(marked).tolist()) == hidden
    assert writer.choose(view, np.array([2]), last=True, begun=True).tolist() == [k for k in kept if k <= 2]


def test_a_live_file_begins_with_what_is_known_by_then(tmp_path: Path) -> None:
    """Accounts that came before the first chosen event are in its head."""
    writer = Target(How(complete=False, live=True))
    view = ready(writer, tmp_path / "a", USER, getuid(2), USER, getuid(3)).view
    assert writer.choose(view, np.array([3]), last=False, begun=False).tolist() == [3]
    assert writer.choose(view, np.array([], np.int64), last=False, begun=False).tolist() == []
    assert writer.choose(view, np.array([3]), last=False, begun=True).tolist() == [0, 2, 3]
    assert writer.choose(view, np.array([2]), last=False, begun=False).tolist() == [2]  # chosen itself


@pytest.mark.parametrize("compress", [False, True])
def test_what_is_written_comes_back(compress: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.scap"
    writer = Target(How(complete=True, compress=compress))
    start, view, file = ready(writer, path, getuid(1), getuid(2), getuid(3, hidden=True))
    writer.head(start, None)
    writer.write(view, np.array([0, 1]))
    writer.flush()  # what a kill would leave, of compressed data without its end
    copy = tmp_path / "killed.scap"
    copy.write_bytes(zlib.decompressobj(wbits=31).decompress(path.read_bytes()) if compress else path.read_bytes())
    assert times(copy) == [1, 2]
    writer.write(view, np.array([2]))
    writer.finish()
    file.close()
    assert times(path) == [1, 2, -3]
    assert (path.read_bytes()[:2] == b"\x1f\x8b") == compress
    if compress:
        assert gzip.decompress(path.read_bytes())  # complete, with its check sum


def test_an_event_that_passes_the_limit_is_the_last(tmp_path: Path) -> None:
    path = tmp_path / "a.scap"
    writer = Target(How(complete=True))
    start, view, file = ready(writer, path, *(getuid(ts) for ts in range(1, 11)))
    writer.head(start, None)
    limit = file.size + 100
    sel = np.arange(10)
    count = writer.fitting(view.batch, sel, limit)
    writer.write(view, sel[: count - 1])
    assert file.size <= limit
    writer.write(view, sel[count - 1 : count])
    assert file.size > limit
    assert writer.fitting(view.batch, sel[count:], limit) == 0
    writer.abandon()
    file.close()


def test_a_list_of_some_processes(tmp_path: Path) -> None:
    for text, names in (("proc.name=cat", ["cat"]), ("proc.name=dog", [])):
        path = tmp_path / text
        writer = Target(How(complete=True, processes=text))
        start, view, file = ready(writer, path, getuid(1))
        writer.head(start, None)
        writer.write(view, np.array([0]))
        writer.finish()
        file.close()
        with open_any(str(path)) as capture:
            assert [p.comm for p in capture.snapshot.processes] == names
