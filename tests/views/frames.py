"""Frames of captures, for the tests of views."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pysysdig.replay import replay
from pysysdig.sources.opening import open_any
from pysysdig.views.feed import LEVEL, Feed
from pysysdig.views.frame import Frame
from pysysdig.views.model import View


def frame_of(path: Path, view: View, filter_text: str = "", pieces: int = 0, **options: Any) -> Frame:
    """The last frame of a capture's first section; `pieces`: batches are handed on in pieces of this many events."""
    with open_any(str(path)) as capture:
        for section in capture.sections():
            stream = replay([section], level=LEVEL)
            feed = Feed(view, section.generation, filter_text, **options)
            return list(feed.frames(_cut(stream, pieces) if pieces else stream))[-1]
    raise AssertionError("no section")


def _cut(stream: Iterator[Any], pieces: int) -> Iterator[Any]:
    for view, shown in stream:
        for part in np.split(shown, range(pieces, len(shown), pieces)):
            yield view, part


def column(frame: Frame, title: str) -> dict[Any, Any]:
    """Values of a shown column by key."""
    at = [c.title for c in frame.layout.shown].index(title)
    return {row.key: row.cells[at].value for row in frame.rows}
