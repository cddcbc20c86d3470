"""What a format need not do itself if it writes captures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT
from pysysdig.sources.writing import How, Told, Writer
from pysysdig.state.build import process, snapshot
from pysysdig.state.context import ContextLog
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import FD, ORDERS
from pysysdig.state.tap import Tap


def test_a_filtered_file_asks_for_more_of_the_state() -> None:
    """It cannot be worked out from what is left of the events."""
    assert Writer(How(complete=True)).level == FD
    assert Writer(How(complete=False)).level == ORDERS


def test_what_most_formats_do_not_do() -> None:
    inspector = Inspector(snapshot(process(7)), CURRENT, FD)
    view = inspector.process(batch([event("SYSCALL_GETUID_X", 1_000, 7, [0])] * 3))
    writer = Writer(How(complete=False))
    writer.section(Told(CURRENT, Tap(inspector), ContextLog(), whole=True))
    writer.feed(view)
    sel = np.array([0, 2])
    assert writer.choose(view, sel, last=False, begun=True) is sel
    assert not writer.every_view and not writer.takes_batches and writer.damage is None
    assert writer.lose(3, 1, 2) is False
    writer.flush()


@pytest.mark.parametrize("act", [
    lambda w: w.open(None), lambda w: w.head(snapshot(), None), lambda w: w.fitting(batch([]), np.zeros(0, np.int64), 1),
    lambda w: w.write(None, np.zeros(0, np.int64)), lambda w: w.begin_batches(snapshot(), CURRENT),
    lambda w: w.write_batch(batch([])),
])  # fmt: skip
def test_what_each_has_to_do(act: Callable[[Writer], object]) -> None:
    with pytest.raises(NotImplementedError):
        act(Writer(How(complete=True)))
