"""A machine, a view of its events, and a format's writer that is told of them as a run does it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pysysdig.events.build import Event, batch, event
from pysysdig.events.table import CURRENT
from pysysdig.sources.files import File
from pysysdig.sources.opening import open_any
from pysysdig.sources.writing import Told, Writer
from pysysdig.state.build import process, snapshot
from pysysdig.state.context import ContextLog
from pysysdig.state.inspector import Inspector
from pysysdig.state.snapshot import Snapshot
from pysysdig.state.tap import Tap
from pysysdig.state.view import EventView


class Ready(NamedTuple):
    """What a writer was told, and what it is to write."""

    start: Snapshot
    view: EventView
    file: File


def getuid(ts: int, hidden: bool = False) -> Event:
    """An event of process 7."""
    return event("SYSCALL_GETUID_X", ts, 7, [0], hidden=hidden)


def ready(writer: Writer, path: Path, *events: Event) -> Ready:
    """The writer has a file and knows the section that these events are the first view of."""
    start = snapshot(process(7, "cat"))
    inspector = Inspector(start, CURRENT, writer.level)
    told = Told(CURRENT, Tap(inspector), ContextLog(), whole=True)
    writer.section(told)
    view = inspector.process(batch(events))
    told.context.feed(view.batch)
    writer.feed(view)
    file = File(str(path))
    writer.open(file)
    return Ready(start, view, file)


def times(path: Path) -> list[int]:
    """When the events in a file happened (ns), those that are hidden as negative numbers."""
    found: list[int] = []
    with open_any(str(path)) as capture:
        for section in capture.sections():
            for part in section.batches():
                hidden = [False] * len(part) if part.hidden is None else part.hidden.tolist()
                found += [-ts if flag else ts for ts, flag in zip(part.ts.tolist(), hidden)]
    return found
