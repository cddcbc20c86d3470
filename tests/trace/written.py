"""Small traces, and their frames taken apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pysysdig.errors import CaptureError
from pysysdig.events.build import batch, event
from pysysdig.events.table import OLD
from pysysdig.sources.opening import open_any
from pysysdig.state.build import fd, process, snapshot
from pysysdig.state.context import ContextLog
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import ORDERS
from pysysdig.state.table import named
from pysysdig.state.tap import Tap
from pysysdig.trace import frames
from pysysdig.trace.frames import Blobs, Frame
from pysysdig.trace.values import dumps, loads
from pysysdig.trace.writer import TraceWriter

FRAMES, EVENTS = 4, 40  # of a trace, in each
NAMES = "*%evt.rawtime %evt.type %evt.dir %proc.pid %proc.name %proc.exe %proc.cmdline %proc.pname %proc.cwd %user.name"


def trace(path: Path, *, complete: bool = True) -> list[int]:
    """A trace of 160 calls that open files, by two processes; filtered ones keep every other event. Where its frames end."""
    state = snapshot(process(42, "cat", fds=[fd(0, "/dev/null")]), process(43, "dog"))
    inspector = Inspector(state, OLD, ORDERS)
    ends = []
    with path.open("wb", buffering=0) as f:
        writer = TraceWriter(f)
        writer.begin(state, OLD, tap=Tap(inspector), context=ContextLog(), complete=complete)
        for k in range(FRAMES):
            events = [
                event("SYSCALL_OPENAT_2_X", 1000 * k + i + 1, 42 + i % 2, [3, -100, f"/etc/{i}", 1, 0, 0, 0])
                for i in range(EVENTS)
            ]
            made = batch(events)
            made.num = made.num + EVENTS * k
            writer.write(inspector.process(made), np.arange(0, EVENTS, 1 if complete else 2))
            ends.append(writer.size)
        writer.finish()
    return ends


def opened(path: Path) -> tuple[list[tuple[int, str]], CaptureError | None]:
    """(number; what was opened, and who did it) of all events before the first error, and that. Everything is unpacked."""
    out: list[tuple[int, str]] = []
    try:
        with open_any(str(path)) as stream:
            for section in stream.sections():
                playback = section.playback()
                for b in section.batches():
                    view = playback.process(b)
                    names = view.fds.text(view.fd, named("name")).tolist()
                    names = [f"{a} {t}" for a, t in zip(names, view.threads.text(view.thread, named("comm")).tolist())]
                    b.off  # noqa: B018 - everything is unpacked
                    out += zip(b.num.tolist(), names)
    except CaptureError as e:
        return out, e
    return out, None


def parts(path: Path) -> Iterator[Frame]:
    """The frames of a file."""
    data, at = memoryview(path.read_bytes()), 0
    while at < len(data):
        lengths = frames.need(data[at:])
        assert not isinstance(lengths, int)
        found = frames.frame(data[at:], lengths, "", at)
        yield found
        at = found.end


def told(frame: Frame, part: str) -> Any:
    """What a frame says in a part of its own (snapshot, directory, state)."""
    return loads(frames.blob(frame.body, frame.meta[part]))


def saying(path: Path, frame: Frame, part: str, value: Any) -> bytes:
    """The file with a frame that says something else in a part, or in its meta ("")."""
    data = path.read_bytes()
    meta, blobs = dict(frame.meta), Blobs()
    blobs.parts.append(bytes(frame.body))
    blobs.size = len(frame.body)
    if part:
        meta[part] = blobs.add(dumps(value))
    else:
        meta = value
    return data[: frame.at] + frames.encode(frame.kind, meta, blobs.body()) + data[frame.end :]


def source_of(root: Path, name: str) -> Path:
    return root / "captures" / f"{name}.scap"
