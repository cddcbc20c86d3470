"""The consumer that writes events as a table."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np

from pysysdig.cli.consumer import Consumer
from pysysdig.errors import CaptureError, UsageError
from pysysdig.export import schema
from pysysdig.export.columns import Values
from pysysdig.export.feed import damage_text, standard
from pysysdig.export.rows import Rows
from pysysdig.export.targets import taken, target
from pysysdig.sources.files import Rotation, identities
from pysysdig.sources.opening import expand

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from pysysdig.export.arrow import ArrowBatches
    from pysysdig.render.options import RenderOptions
    from pysysdig.settings import ExportSettings
    from pysysdig.state.view import EventView

    Ints = npt.NDArray[np.int64]

_BATCH = 1 << 16  # events of a record batch


class Exporting(Consumer):
    """Writes the events that are shown as a table, those of all captures into one."""

    def __init__(
        self,
        settings: ExportSettings,
        rotation: Rotation,
        metadata: dict[str, str],
        captures: Sequence[str],
        options: RenderOptions,
        *,
        all_threads: bool,
    ) -> None:
        """rotation: when the next file begins; metadata: what a file says of itself; captures: what is read; options: how texts
        are rendered. Raises PysysdigError before anything is read."""
        chosen = taken(settings.path)
        if settings.fields:
            leaves = schema.columns(settings.fields, calls=settings.calls)
        else:
            leaves = standard(captures, calls=settings.calls)
        self._rows = Rows(calls=settings.calls, all_threads=all_threads)
        self._values: list[Values] = []
        self._arrow: ArrowBatches | None = None
        if chosen.columnar:
            from pysysdig.export.arrow import ArrowBatches

            self._arrow = ArrowBatches(leaves, options, nested=True, dense=chosen.dense, metadata=metadata)
            self._level = self._arrow.level
        else:
            self._values = [Values(leaf, options) for leaf in leaves]
            self._level = max(v.level for v in self._values)
        read = identities(name for path in captures for name in expand(path))
        if identities([settings.path]) & read:
            raise UsageError(f"the table would be written to {settings.path}, which is read; name another file")
        self._redacted = "pysysdig.redaction" in metadata
        self._stack = ExitStack()
        head = self._arrow.schema if self._arrow is not None else [leaf.path for leaf in leaves]
        self._target = self._stack.enter_context(target(settings.path, head, rotation, read))

    def needs(self, generation: str) -> int:
        return self._rows.needs(self._level, generation)

    def deliver(self, view: EventView, sel: Ints) -> bool:
        sel = self._rows.of(view, sel)
        times = view.batch.ts_of(sel).astype(np.int64)
        while len(sel):
            count = min(self._target.room(times), _BATCH)
            self._add(view, sel[:count])
            sel, times = sel[count:], times[count:]
        self._target.tick()
        return False

    def _add(self, view: EventView, part: Ints) -> None:
        if self._arrow is not None:
            self._target.add(self._arrow.batch(view, part))
        else:
            self._target.add(list(zip(*(v.items(view, part) for v in self._values))))

    def conclude(self) -> None:
        error = sys.exception()  # what has ended the run
        with self._stack:
            if error is not None and not isinstance(error, CaptureError):
                return
            self._target.finish(damage_text(error, redacted=self._redacted))
        if sys.stderr.isatty():
            sys.stderr.write(f"{self._target.rows} rows written to {self._target.path}\n")
