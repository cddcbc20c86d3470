"""Datasets: Parquet files in folders date=YYYY-MM-DD/hour=HH/host=NAME, which DuckDB, Spark, Trino and ClickHouse read alike."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pysysdig.errors import CaptureError, PysysdigError
from pysysdig.events.text import to_display
from pysysdig.export.arrow import ArrowBatches
from pysysdig.export.feed import damage_text, raise_damage
from pysysdig.export.files import TableFile
from pysysdig.sources.opening import in_turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from pysysdig.export.feed import Feed
    from pysysdig.export.schema import Leaf
    from pysysdig.state.view import EventView

    Ints = npt.NDArray[np.int64]

_HOUR = 3600 * 10**9  # ns
_OPEN = 4  # files that are written at a time: events of a capture come about in the order of time
_BATCH = 1 << 16


class Written(NamedTuple):
    """What has been written: names of files, and rows in all."""

    files: tuple[str, ...]
    rows: int


def write_dataset(feed: Feed, leaves: Sequence[Leaf], folder: str, host: str = "") -> Written:
    """The events of captures as a dataset: a file an hour (UTC) and capture. host: where they were recorded; "": what each
    capture says of it.

    A file that an earlier call made of the same capture is replaced. Events without a time (what was there before) are in the
    hour of the first that has one. Raises MissingExtra, PysysdigError; CaptureError once all that can be read is written."""
    made = ArrowBatches(leaves, nested=True, metadata=feed.about())
    files: list[str] = []
    rows = 0
    damage: list[CaptureError] = []
    for name in in_turn(feed.files() or [""]):
        one = feed._replace(paths=(name,) if name else ())
        called = os.path.basename(name) if feed.redaction is None else feed.redaction.name(os.path.basename(name))
        with _Writer(folder, called, host, made) as writer:
            wrong: CaptureError | None = None
            try:
                for view, sel in one.views(made.level):
                    writer.add(view, sel)
            except CaptureError as error:
                wrong = error
                damage.append(error)
            writer.finish(damage_text(wrong, redacted=feed.redaction is not None))
        files += writer.files
        rows += writer.rows
    raise_damage(damage)
    return Written(tuple(files), rows)


class _Writer:
    """The files of one capture."""

    def __init__(self, folder: str, capture: str, host: str, made: ArrowBatches) -> None:
        self._folder = folder
        self._capture = _safe(re.sub(r"(\.(s?cap|pscap))?(\.gz)?$", "", capture) or "live")
        self._host = host
        self._made = made
        self._parts: dict[int, TableFile] = {}
        self.files: list[str] = []
        self.rows = 0

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._parts.values():
            file.__exit__()

    def add(self, view: EventView, sel: Ints) -> None:
        """Events of a view."""
        if not len(sel):
            return
        hours = view.batch.ts_of(sel).astype(np.int64) // _HOUR
        known = hours[hours > 0]
        if len(known):
            hours[hours == 0] = known[0]
        for hour in sorted(set(hours.tolist())):
            part = sel[hours == hour]
            file = self._file(hour, view)
            for at in range(0, len(part), _BATCH):
                file.add(self._made.batch(view, part[at : at + _BATCH]))
            self.rows += len(part)

    def _file(self, hour: int, view: EventView) -> TableFile:
        file = self._parts.get(hour)
        if file is None:
            if len(self._parts) >= _OPEN:
                self._close(min(self._parts))
            host = self._host or to_display(view.inspector.snapshot.hostname) or "unknown"
            when = datetime.fromtimestamp(hour * (_HOUR // 10**9), UTC)
            place = os.path.join(self._folder, f"date={when:%Y-%m-%d}", f"hour={when:%H}", f"host={_safe(host)}")
            try:
                os.makedirs(place, exist_ok=True)
            except OSError as error:
                raise PysysdigError(f"{place}: can't create it: {error.strerror}") from None
            file = self._parts[hour] = TableFile(self._unused(place), self._made.schema)
        return file

    def _unused(self, place: str) -> str:
        """A name in a folder: another one for events that come after the file of their hour was closed."""
        taken = {*self.files, *(file.path for file in self._parts.values())}
        names = (f"part-{self._capture}{f'-{n}' if n else ''}.parquet" for n in count())
        return next(path for path in (os.path.join(place, name) for name in names) if path not in taken)

    def _close(self, hour: int, damage: str = "") -> None:
        file = self._parts.pop(hour)
        with file:
            file.finish(damage)
        self.files.append(file.path)

    def finish(self, damage: str) -> None:
        """Give the files their names; damage: what could not be read of the capture."""
        for hour in sorted(self._parts):
            self._close(hour, damage)


def _safe(text: str) -> str:
    """Of a name what may stand in that of a file or folder."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text).lstrip(".")[:80] or "unknown"
