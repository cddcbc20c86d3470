"""What a capture holds: machine, time span, events, losses, sizes, the busiest processes and event types."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from pysysdig.events.table import N_TYPES, load
from pysysdig.replay import replay
from pysysdig.sources.opening import open_any
from pysysdig.sources.section import Section
from pysysdig.state.levels import FD, THREAD
from pysysdig.state.table import named

_TOP = 10
RECORDED, IN_PART = "recorded", "recorded in part"  # what events see of threads and descriptors


def gather(path: str) -> dict[str, Any]:
    """Facts about a capture of any format, ready for JSON. Reads all of it; raises CaptureError."""
    kinds = np.zeros(N_TYPES, np.int64)
    names: dict[str, int] = {}
    first = last = events = hidden = frames = 0
    with open_any(path) as capture:
        generation, snapshot = capture.generation, capture.snapshot
        recorded: list[bool] = []
        for view, _ in replay(_noted(capture.sections(), recorded), level=THREAD):
            batch = view.batch
            frames += 1
            events += len(batch)
            hidden += 0 if batch.hidden is None else int(batch.hidden.sum())
            kinds += np.bincount(batch.type, minlength=N_TYPES)[:N_TYPES]
            ts = batch.ts[batch.ts > 0]
            if len(ts):
                first = min(first or int(ts.min()), int(ts.min()))
                last = max(last, int(ts.max()))
            column = view.threads.text(view.thread, named("comm"))
            for code, count in enumerate(np.bincount(column.codes + 1).tolist()):
                if code and count:
                    name = column.dictionary.values[code - 1]
                    names[name] = names.get(name, 0) + count
        losses = capture.take_losses()
    table = load(generation)
    calls: dict[str, int] = {}
    for kind in np.flatnonzero(kinds).tolist():
        calls[table[kind].name] = calls.get(table[kind].name, 0) + int(kinds[kind])
    size = os.stat(path).st_size if os.path.isfile(path) else 0
    return {
        "file": path,
        "format": capture.format,
        "size": size,
        "bytes_per_event": round(size / events, 2) if events else 0,
        "frames": frames,
        "host": snapshot.hostname,
        "cpus": snapshot.num_cpus,
        "memory": snapshot.memory_bytes,
        "boot_time": snapshot.boot_ts,
        "events_are": "exit only" if generation == "current" else "enter and exit",
        "first_time": first,
        "last_time": last,
        "events": events,
        "hidden_events": hidden,
        "drops": sum(count for count, _, _ in losses),
        "parts": capture.parts,
        "state": RECORDED if all(recorded) else IN_PART if any(recorded) else "not recorded",
        "processes": dict(_top(names)),
        "event_types": dict(_top(calls)),
    }


def _noted(sections: Iterable[Section], recorded: list[bool]) -> Iterator[Section]:
    """The sections, while it is noted whether they say what their events see of the state."""
    for section in sections:
        recorded.append(section.recorded(FD) is not None)
        yield section


def _top(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_TOP]
