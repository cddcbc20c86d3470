"""Runs chisels over the views of a run: filters, batches and rows, intervals, output in the order of the events.

A chisel that raises is named with its error and left out from then on; the others go on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.chisel import Chisel, RunInfo, put_lines
from pysysdig.chiselkit.events import Batch
from pysysdig.chiselkit.failures import explained
from pysysdig.chiselkit.lines import Lines
from pysysdig.chiselkit.screen import dimensions
from pysysdig.errors import ChiselError, FilterError, FormatError, PysysdigError
from pysysdig.events.table import OLD
from pysysdig.events.text import decoded, from_user
from pysysdig.fields.lookup import lookup
from pysysdig.fields.registry import FieldRef
from pysysdig.filter import compile_filter
from pysysdig.format.layout import Layout
from pysysdig.format.template import Template
from pysysdig.render.options import DOTS, RenderOptions
from pysysdig.render.pieces import present
from pysysdig.state.levels import ORDERS

if TYPE_CHECKING:
    from pysysdig.filter import Filter
    from pysysdig.output.stream import Output
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class Chosen:
    """A chisel of the command line: its class, and the values of its arguments by name."""

    __slots__ = ("cls", "name", "values")

    def __init__(self, name: str, cls: type[Chisel], values: dict[str, Any]) -> None:
        self.name = name
        self.cls = cls
        self.values = values


class _Clock:
    """When intervals end: at the first event of another `interval` (ns) of event time than the last one's.

    forward: a time before the last one counts as the last one (live, events may come after a pulse without events).
    """

    __slots__ = ("_bucket", "_forward", "_last", "interval")

    def __init__(self, interval: int, forward: bool) -> None:
        self.interval = interval
        self._forward = forward
        self._bucket: int | None = None
        self._last = 0  # time of the last call, at first that of the first event

    def ticks(self, ts: npt.NDArray[np.uint64]) -> list[tuple[int, int, int]]:
        """(index into ts, time, ns since the last call) of each end of an interval."""
        if not len(ts):
            return []
        buckets = ts // np.uint64(self.interval)
        if self._forward:
            buckets = np.maximum.accumulate(np.maximum(buckets, np.uint64(self._bucket or 0)))
        if self._bucket is None:
            self._bucket, self._last = int(buckets[0]), int(ts[0])
        changed = np.flatnonzero(np.concatenate((buckets[:1] != np.uint64(self._bucket), buckets[1:] != buckets[:-1])))
        self._bucket = int(buckets[-1])
        out = []
        for i in changed.tolist():
            now = int(ts[i])
            out.append((i, now, now - self._last))
            self._last = now
        return out


class _Runner:
    """One chisel at work."""

    def __init__(self, chosen: Chosen, run: RunInfo) -> None:
        """Raises PysysdigError, naming the chisel."""
        self.name = chosen.name
        self.run = run
        self.failed = self.fed = False
        self.refs: dict[str, FieldRef] = {}
        self.template: Template | None = None
        self._clock: _Clock | None = None
        self._filters: dict[str, Filter] = {}
        with self._named():
            self.chisel = chosen.cls(run, chosen.values)
            self.chisel.configure()
            self.chisel.check()
        self.by_batch = type(self.chisel).on_batch is not Chisel.on_batch
        self.by_event = type(self.chisel).on_event is not Chisel.on_event

    @contextmanager
    def _named(self) -> Iterator[None]:
        """What is raised names the chisel."""
        try:
            yield
        except FilterError as error:
            raise FilterError(f"chisel {self.name}: {error.message}", error.text, error.index, error.hint) from None
        except FormatError as error:
            raise FormatError(f"chisel {self.name}: {error.message}", error.text, error.index, error.hint) from None
        except PysysdigError as error:
            raise ChiselError(f"chisel {self.name}: {error}") from None
        except (Exception, SystemExit) as error:
            raise ChiselError(f"chisel {self.name}: {explained(error)}") from error

    def prepare(self, options: RenderOptions) -> None:
        """Look up what the chisel has declared, to be rendered by `options`. Raises PysysdigError, naming the chisel."""
        chisel = self.chisel
        self._options = chisel.rendering = options
        with self._named():
            self.filter_text = from_user(chisel.filter)
            if self.filter_text:
                self.filter(OLD)  # said if it is wrong
            for name in chisel.fields:
                self.refs[name] = lookup(from_user(name), options=options)
            if chisel.format:
                self.template = Template(from_user(chisel.format), options._replace(json=self.run.json))
                self._layout = Layout(self.template.parts, self.template.options, fit=fit_characters)

    def filter(self, generation: str) -> Filter | None:
        """The chisel's own filter."""
        if not self.filter_text:
            return None
        if generation not in self._filters:
            self._filters[generation] = compile_filter(self.filter_text, generation, self._options)
        return self._filters[generation]

    def needs(self, generation: str) -> int:
        """Level of state."""
        if self.chisel.state:
            return ORDERS
        chosen = self.filter(generation)
        levels = [ref.field.needs for ref in self.refs.values()]
        return max([*levels, chosen.needs if chosen else 0, self.template.needs if self.template else 0])

    def call(self, callback: Callable[..., Any], *arguments: Any) -> Any:
        """Call back; after an exception the chisel is out."""
        try:
            return callback(*arguments)
        except (KeyboardInterrupt, BrokenPipeError):
            raise
        except (Exception, SystemExit) as error:
            self.failed = True
            self.chisel.restore_screen()
            sys.stderr.write(f"pysysdig: chisel {self.name} failed: {explained(error, self.refs)}\n")
            return None

    def start(self) -> None:
        """A capture begins."""
        self.chisel.moment = None
        self.chisel.now = self.chisel.span = 0
        self.call(self.chisel.on_start)
        self._clock = _Clock(max(int(self.chisel.interval * 1e9), 1), self.run.live) if self.chisel.interval > 0 else None

    def feed(self, view: EventView, sel: Ints, shown: Ints) -> None:
        """The events at `sel`; those at `shown` make time pass."""
        chosen = self.filter(view.generation)
        if chosen is not None and len(sel):
            sel = chosen.select(view, sel)
        begin = 0
        for index, now, passed in self._ticks(view, shown):
            position = int(shown[index]) if index < len(shown) else len(view)
            end = int(np.searchsorted(sel, position))
            self._events(view, sel[begin:end])
            if self._over():
                return
            begin = end
            self.chisel.moment = (view, position) if len(view) else self.chisel.moment
            self.chisel.now = now
            self.call(self.chisel.on_interval, passed / 1e9)
            if self._over():
                return
        self._events(view, sel[begin:])

    def _over(self) -> bool:
        return self.failed or self.chisel.stopped

    def _ticks(self, view: EventView, shown: Ints) -> list[tuple[int, int, int]]:
        if self._clock is None:
            return []
        if self.run.live and not len(shown):
            return self._clock.ticks(np.array([time.time_ns()], np.uint64))
        return self._clock.ticks(view.batch.ts[shown])

    def _events(self, view: EventView, sel: Ints) -> None:
        if not len(sel):
            return
        self.fed = True
        chisel = self.chisel
        batch = Batch(view, sel, self.refs)
        lines: Sequence[str | None] | None = self._lines(view, sel) if self.template is not None else None
        if self.by_batch or not self.by_event:
            heads = None
            if self.by_batch:
                chisel.moment = (view, int(sel[-1]))
                chisel.now = int(view.batch.ts[sel[-1]])
                heads = self.call(chisel.on_batch, batch)
            if lines is not None and not self._over():
                chisel.moment = (view, int(sel[-1]))
                if heads is not None:
                    lines = self.call(_below, heads, lines)
                put_lines(chisel, sel, lines if lines is not None else [], encoded=True)
        else:
            positions = sel.tolist()
            texts = lines.texts() if isinstance(lines, Lines) else lines
            ts = batch.ts.tolist()
            for i, event in enumerate(batch):
                chisel.moment = (view, positions[i])
                chisel.now = ts[i]
                result = self.call(chisel.on_event, event)
                if self._over():
                    return
                if texts is not None and result is not False:
                    put_lines(chisel, sel[i : i + 1], texts[i : i + 1], encoded=True)

    def _lines(self, view: EventView, sel: Ints) -> Sequence[str | None]:
        """The events by the chisel's format, as byte text; None for those that lack a field. A Lines if none does."""
        template = self.template
        assert template is not None
        columns = self._layout.columns(view, sel)
        mask = None if template.star else present(columns)
        if self.run.json:
            return self._json_lines(view, sel, np.ones(len(sel), bool) if mask is None else mask)
        lines = Lines(self._layout.pieces(columns), len(sel))
        return lines if mask is None else [line if ok else None for line, ok in zip(lines.texts(), mask.tolist())]

    def _json_lines(self, view: EventView, sel: Ints, mask: npt.NDArray[np.bool_]) -> list[str | None]:
        from pysysdig.format.printer import Printer

        assert self.template is not None
        lines = iter(Printer(self.template).render(view, sel[mask]).split("\n"))
        return [next(lines) if ok else None for ok in mask.tolist()]

    def end(self, view: EventView | None, position: int) -> None:
        """The capture is over."""
        chisel = self.chisel
        if view is not None and len(view) and not chisel.stopped:
            chisel.moment = (view, position)
        if view is not None:
            if len(view) and position >= 0:
                chisel.now = int(view.batch.ts[position])
            chisel.span = chisel.now - view.inspector.first_ts
        self.call(chisel.on_end)
        chisel.restore_screen()


def fit_characters(text: str, width: int) -> str:
    """Byte text padded or cut to a width in characters."""
    return from_user(decoded(text).ljust(width)[:width])


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
        self._runners = [_Runner(one, info) for one in chosen]
        if options.buffers == DOTS and not info.json:
            options = options._replace(buffers=next((r.chisel.buffers for r in self._runners if r.chisel.buffers), DOTS))
        for runner in self._runners:
            runner.prepare(options)
            runner.chisel.flush = self._flush
            runner.chisel.alone = len(self._runners) == 1
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

    def _working(self) -> list[_Runner]:
        return [r for r in self._runners if not r.failed]

    def _flush(self) -> None:
        """Print what the chisels have printed, in the order of the events, at each event in the order of the chisels."""
        if len(self._runners) == 1:
            printed = self._runners[0].chisel.out
        else:
            printed = sorted((line for r in self._runners for line in r.chisel.out), key=lambda line: line[0])
        if printed:
            text = "".join([line for _, line in printed])
            for runner in self._runners:
                runner.chisel.out.clear()
            self._out.write(text)


def _below(heads: Sequence[str | None], lines: Sequence[str | None]) -> Sequence[str | None]:
    """The lines of the events (byte text), each below its head (text)."""
    if len(heads) != len(lines):
        raise ChiselError(f"on_batch returned {len(heads)} texts for {len(lines)} events")
    if isinstance(lines, Lines):
        if isinstance(heads, Lines):
            return Lines([*heads.pieces, "\n", *lines.pieces], len(lines))
        lines = lines.texts()
    out = []
    for head, line in zip(heads, lines):
        if head is not None:
            head = head if head.isascii() else from_user(head)
            line = head if line is None else f"{head}\n{line}"
        out.append(line)
    return out
