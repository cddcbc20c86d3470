"""-S: how often each event occurred."""

from __future__ import annotations

import numpy as np

from pysysdig.events.build import batch, event
from pysysdig.events.table import OLD, sc_name
from pysysdig.format.summary import Summary
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector


def test_counts_of_all_batches() -> None:
    inspector, summary = Inspector(snapshot(process(30)), OLD), Summary()
    for count in (3, 2):
        events = [event("SYSCALL_CLOSE_E", n, 30, [3], generation=OLD) for n in range(count)]
        events.append(event("GENERIC_E", count, 30, [7, 262], generation=OLD))
        summary.add(inspector.process(batch(events)), np.arange(len(events)))
    table = [line.rsplit(maxsplit=1) for line in summary.render().splitlines()[3:]]
    assert table == [["> close", "5"], [f"> {sc_name(7)}", "2"]]
