"""Opening captures of either format. Only the reader that is needed is imported: start-up time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pysysdig.errors import CaptureError
from pysysdig.scap.source import open_source

if TYPE_CHECKING:
    from pysysdig.scap.reader import CaptureStream
    from pysysdig.trace.reader import TraceStream

_MAGIC = b"\x94\xa5pscap"  # how trace.frames begins


def open_any(path: str) -> CaptureStream | TraceStream:
    """Open a capture of either format: a file, a named pipe, or `-` for standard input. Raises CaptureError."""
    source = open_source(path)
    try:
        if source.region(0, len(_MAGIC), len(_MAGIC), 0).tobytes() == _MAGIC:
            from pysysdig.trace.reader import TraceStream

            return TraceStream(source)
        from pysysdig.scap.reader import CaptureStream

        return CaptureStream(source)
    except CaptureError:
        source.close()
        raise


def expand(path: str) -> list[str]:
    """The captures that a path stands for: itself, or those in a directory, in the order of their first events.

    Files in the directory that are no captures are left out. Raises CaptureError if there is none.
    """
    if not os.path.isdir(path):
        return [path]
    found = []
    try:
        names = sorted(os.listdir(path))
    except OSError as e:
        raise CaptureError(f"can't open directory: {e.strerror}", path) from None
    for name in names:
        full = os.path.join(path, name)
        if os.path.isfile(full):
            try:
                with open_any(full) as capture:
                    first = next(iter(capture.batches()), None)
            except CaptureError:
                continue
            if first is not None:
                shown = first.ts[first.ts > 0]
                found.append((int(shown[0]) if len(shown) else 0, full))
    if not found:
        raise CaptureError("no captures in this directory", path)
    return [full for _, full in sorted(found)]
