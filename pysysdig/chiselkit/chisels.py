"""The chisels of a run, side by side: who is called when, what all of them need, output in the order of the events.

One that raises is left out from then on (`runner.py`); the others go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.chiselkit.runner import Chosen, Runner
from pysysdig.chiselkit.screen import dimensions
from pysysdig.render.options import DOTS, RenderOptions

if TYPE_CHECKING:
    from pysysdig.chisel import RunInfo
    from pysysdig.output.stream import Output
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class Chisels:
    """The chisels of a run. `failed` says whether one of them raised."""

    def __init__(self, chosen: Sequence[Chosen], info: RunInfo, out: Output, options: RenderOptions) -> None:
        """Configure them all; raises PysysdigError, naming the chisel. options: how values are rendered; the first chisel that
        minds decides how data is, unless `options` do."""
        self.info = info
        info.terminal = out.terminal
        if out.terminal:
            info.width, info.height = dimensions()
        self._out = out
        self._runners = [Runner(one, info) for one in chosen]
        if options.buffers == DOTS and not info.json:
            options = options._replace(buffers=next((r.chisel.buffers for r in self._runners if r.chisel.buffers), DOTS))
        for runner in self._runners:
            runner.prepare(options)
            runner.chisel.out.flush = self._flush
            runner.chisel.out.alone = len(self._runners) == 1
        self._last: tuple[EventView, int] | None = None

    @property
    def failed(self) -> bool:
        """Whether a chisel raised."""
        return any(r.failed for r in self._runners)

    @property
    def fed(self) -> bool:
        """Whether any event passed the filters of a chisel."""
        return any(r.fed for r in self._runners)

    @property
    def snaplen(self) -> int:
        """Bytes of data buffers to record at least."""
        return max(r.chisel.snaplen for r in self._runners)

    @property
    def state(self) -> bool:
        """Whether a chisel asks for the state of the system."""
        return any(r.chisel.state for r in self._runners)

    @property
    def filter_text(self) -> str:
        """A filter (byte text) that every event some chisel wants to see passes; "" = they want all."""
        texts = [r.filter_text for r in self._runners]
        return " or ".join(f"({t})" for t in texts) if all(texts) else ""

    @property
    def next_run(self) -> list[str] | None:
        """The arguments with which to start anew, if a chisel wants that."""
        return next((r.chisel.next_run for r in self._runners if r.chisel.next_run), None)

    def needs(self, generation: str) -> int:
        """Level of state for a generation."""
        return max(r.needs(generation) for r in self._runners)

    def start(self, source: str) -> bool:
        """A capture begins; False: a chisel has ended the run already, or none is left."""
        self.info.source = source
        self._last = None
        for runner in self._working():
            runner.start()
        self._flush()
        return bool(self._working()) and not any(r.chisel.stopped for r in self._runners)

    def deliver(self, view: EventView, sel: Ints, done: bool) -> bool:
        """Hand out the selected events of a view; `done`: the run ends with the last of them. True: end the run now."""
        upto = len(view)
        if done:
            upto = int(sel[-1]) + 1 if len(sel) else 0
        hidden = view.batch.hidden
        shown = np.arange(upto, dtype=np.int64)
        if hidden is not None:
            shown = shown[~hidden[:upto]]
        working = self._working()
        stop = -1
        for runner in sorted(working, key=lambda r: not r.chisel.stops):
            runner.feed(view, sel, shown)
            if runner.chisel.stopped and runner.chisel.moment is not None:
                stop = runner.chisel.moment[1]
                sel, shown = sel[sel < stop], shown[shown < stop]
                upto = stop + 1
        if len(view) or self._last is None:
            self._last = (view, upto - 1)
        self._flush()
        return stop >= 0 or not self._working()

    def finish(self) -> None:
        """The capture is over."""
        view, position = self._last or (None, -1)
        for runner in self._working():
            runner.end(view, position)
            self._flush()

    def _working(self) -> list[Runner]:
        return [r for r in self._runners if not r.failed]

    def _flush(self) -> None:
        """Print what the chisels have printed, in the order of the events, at each event in the order of the chisels."""
        if len(self._runners) == 1:
            printed = self._runners[0].chisel.out.waiting
        else:
            printed = sorted((line for r in self._runners for line in r.chisel.out.waiting), key=lambda line: line[0])
        if printed:
            text = "".join([line for _, line in printed])
            for runner in self._runners:
                runner.chisel.out.waiting.clear()
            self._out.write(text)
