"""Opening captures of any format. Only the reader that is needed is imported: start-up time."""

from __future__ import annotations

import gc
import os
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pysysdig.errors import CaptureError, PysysdigError
from pysysdig.sources import formats
from pysysdig.sources.input import Source, open_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pysysdig.sources.stream import Stream

    AnyCapture = Stream[Any]

_MANY = 16  # captures


def open_any(path: str) -> AnyCapture:
    """Open a capture of any format: a file, a named pipe, or `-` for standard input. Raises CaptureError."""
    source = open_source(path)
    try:
        chosen = next((f for f in formats.FORMATS if f.reader and _begins(source, f.magic)), None)
        if chosen is None:
            found = _records(source)
            if found is not None:
                return found
            chosen = formats.FORMATS[0]  # which says what is wrong with the file
        opened: AnyCapture = import_module(chosen.reader).capture_of(source)
        opened.format = chosen.name
        return opened
    except PysysdigError:
        source.close()
        raise


def _begins(source: Source, magic: bytes) -> bool:
    return bytes(source.region(0, len(magic), len(magic), 0)) == magic


def _records(source: Source) -> AnyCapture | None:
    """The file as one of an event source; None: it is none."""
    from pysysdig.sources import records  # not before it is needed: start-up time

    event_source = records.recognised(source)
    if event_source is None:
        return None
    opened = records.Records(source, event_source)
    opened.format = event_source.name
    return opened


def in_turn(names: Iterable[str]) -> Iterator[str]:
    """The names of captures, of which each is read before the next. What was made of many is let go now and then: it refers to
    itself, and is a few large objects of which the interpreter's collector takes no notice."""
    for number, name in enumerate(names):
        if number % _MANY == _MANY - 1:
            gc.collect()
        yield name


def expand(path: str) -> list[str]:
    """The captures that a path stands for: itself, or those in a directory, in the order of their first events.

    Files in the directory that are no captures, or have no events yet, are left out; what is damaged before its first event
    comes last, so that everything else is read before that is reported. Raises CaptureError if there is none.
    """
    if not os.path.isdir(path):
        return [path]
    found: list[tuple[float, int, str]] = []
    for name in in_turn(inside(path)):
        start = _start(name)
        if start is not None:
            found.append((start, len(found), name))
    if not found:
        raise CaptureError("no captures in this directory", path)
    return [name for *_, name in sorted(found)]


def inside(path: str) -> list[str]:
    """The files of a directory, captures or not, in the order of a rotation. Raises CaptureError."""
    try:
        names = sorted(os.listdir(path), key=_natural)
    except OSError as e:
        raise CaptureError(f"can't open directory: {e.strerror}", path) from None
    return [full for full in (os.path.join(path, name) for name in names) if os.path.isfile(full)]


def _natural(name: str) -> list[tuple[int, str]]:
    """A sort key: numbers within names by value, the tenth file of a rotation after the ninth."""
    return [(int(number or 0), text) for text, number in re.findall(r"([^0-9]*)([0-9]{0,18})", name)]


def _start(path: str) -> float | None:
    """When the first event of a file happened that was not put there by the recorder (ns); None: nothing to read."""
    try:
        capture = open_any(path)
    except CaptureError:
        return None
    found: float | None = None
    with capture:
        try:
            for batch in capture.batches():
                found = 0
                shown = batch.ts > 0 if batch.hidden is None else (batch.ts > 0) & ~batch.hidden
                if shown.any():
                    return int(batch.ts[shown.argmax()])
        except CaptureError:
            return float("inf")
    return found
