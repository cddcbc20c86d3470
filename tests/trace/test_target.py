"""Our own format as one that a run writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pysysdig.events.build import batch
from pysysdig.events.table import CURRENT
from pysysdig.sources.opening import open_any
from pysysdig.sources.writing import How
from pysysdig.state.levels import FD, ORDERS
from pysysdig.trace.target import writer_of
from tests.sources.written import getuid, ready, times


def test_it_keeps_what_events_see_and_needs_no_other_events() -> None:
    writer = writer_of(How(complete=False))
    assert (writer.level, writer.every_view, writer.takes_batches) == (ORDERS, False, True)


@pytest.mark.parametrize("how", [How(complete=True), How(complete=True, live=True), How(complete=True, shared=True)])
def test_what_is_written_comes_back_with_its_state(how: How, tmp_path: Path) -> None:
    path = tmp_path / "a.pscap"
    writer = writer_of(how)
    start, view, file = ready(writer, path, getuid(1), getuid(2, hidden=True), getuid(3))
    writer.head(start, None)
    writer.write(view, np.arange(3))
    writer.finish()
    file.close()
    assert writer.damage is None
    assert times(path) == [1, -2, 3]
    with open_any(str(path)) as capture:
        (section,) = capture.sections()
        assert section.complete and section.recorded(FD) is not None


@pytest.mark.parametrize("complete", [True, False])
def test_a_filtered_file_says_so(complete: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.pscap"
    writer = writer_of(How(complete=complete))
    start, view, file = ready(writer, path, getuid(1), getuid(2))
    writer.head(start, None)
    writer.write(view, np.array([0, 1] if complete else [1]))
    writer.finish()
    file.close()
    with open_any(str(path)) as capture:
        (section,) = capture.sections()
        assert section.complete == complete
    assert times(path) == ([1, 2] if complete else [2])


def test_losses_wait_until_the_file_has_begun(tmp_path: Path) -> None:
    path = tmp_path / "a.pscap"
    writer = writer_of(How(complete=True, live=True))
    start, view, file = ready(writer, path, getuid(1))
    assert writer.lose(5, 1, 2) is False
    writer.head(start, None)
    assert writer.lose(5, 1, 2) is True
    writer.write(view, np.array([0]))
    writer.finish()
    file.close()
    with open_any(str(path)) as capture:
        assert sum(map(len, capture.batches())) == 1
        assert capture.take_losses() == [(5, 1, 2)]


def test_a_frame_goes_in_whole_or_not_at_all(tmp_path: Path) -> None:
    writer = writer_of(How(complete=True))
    start, view, file = ready(writer, tmp_path / "a.pscap", getuid(1), getuid(2))
    writer.head(start, None)
    sel = np.arange(2)
    limit = file.size
    assert writer.fitting(view.batch, sel, limit) == 2
    writer.write(view, sel)
    assert writer.fitting(view.batch, sel, limit) == 0  # what a second thread still writes counts
    writer.abandon()
    file.close()


def test_batches_leave_the_state_to_readers(tmp_path: Path) -> None:
    path = tmp_path / "a.pscap"
    writer = writer_of(How(complete=True, live=True))
    start, _, file = ready(writer, path, getuid(9))
    writer.begin_batches(start, CURRENT, batch([getuid(1, hidden=True)]))
    writer.write_batch(batch([getuid(2), getuid(3)]))
    writer.finish()
    file.close()
    assert times(path) == [-1, 2, 3]
    with open_any(str(path)) as capture:
        (section,) = capture.sections()
        assert section.recorded(FD) is None
        assert [p.comm for p in section.snapshot.processes] == ["cat"]


def test_a_file_without_a_section_stays_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.pscap"
    writer = writer_of(How(complete=True))
    file = ready(writer, path, getuid(1)).file
    writer.finish()
    file.close()
    assert not path.exists()
