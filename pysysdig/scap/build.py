"""Captures of events made by hand (see events/build.py)."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable
from pathlib import Path

from pysysdig.events.build import Event, batch
from pysysdig.scap.writer import CaptureWriter
from pysysdig.state import snapshot as s


def capture_bytes(before: s.Snapshot, events: Iterable[Event]) -> bytes:
    """A whole .scap file. Event blocks are of version 2, with flags where an event is hidden."""
    out = io.BytesIO()
    writer = CaptureWriter(out, before)
    events = list(events)
    if events:
        writer.write(batch(events))
    return out.getvalue()


def write_capture(path: Path, before: s.Snapshot, events: Iterable[Event], *, compressed: bool = False) -> Path:
    """Write a .scap file and return its path."""
    content = capture_bytes(before, events)
    path.write_bytes(gzip.compress(content) if compressed else content)
    return path
