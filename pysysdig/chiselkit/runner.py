"""One chisel at work: its filter, batches and rows, intervals, the lines of its format.

A chisel that raises is named with its error and left out from then on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.chisel import Chisel, RunInfo
from pysysdig.chiselkit.events import Batch
from pysysdig.chiselkit.failures import explained
from pysysdig.chiselkit.lines import Lines
from pysysdig.errors import ChiselError, FilterError, FormatError, PysysdigError
from pysysdig.events.table import OLD
from pysysdig.events.text import decoded, from_user
from pysysdig.fields.lookup import lookup
from pysysdig.fields.registry import FieldRef
from pysysdig.filter import compile_filter
from pysysdig.format.layout import Layout
from pysysdig.format.template import Template
from pysysdig.render.options import RenderOptions
from pysysdig.render.pieces import present
from pysysdig.state.levels import ORDERS

if TYPE_CHECKING:
    from pysysdig.chiselkit.intervals import Clock
    from pysysdig.filter import Filter
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class Chosen:
    """A chisel of the command line: its class, and the values of its arguments by name."""

    __slots__ = ("cls", "name", "values")

    def __init__(self, name: str, cls: type[Chisel], values: dict[str, Any]) -> None:
        self.name = name
        self.cls = cls
        self.values = values


class Runner:
    """One chisel at work."""

    def __init__(self, chosen: Chosen, run: RunInfo) -> None:
        """Raises PysysdigError, naming the chisel."""
        self.name = chosen.name
        self.run = run
        self.failed = self.fed = False
        self.refs: dict[str, FieldRef] = {}
        self.template: Template | None = None
        self._clock: Clock | None = None
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
        self._clock = None
        if self.chisel.interval > 0:
            from pysysdig.chiselkit.intervals import Clock  # start-up time

            self._clock = Clock(max(int(self.chisel.interval * 1e9), 1), self.run.live)

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
                chisel.out.put_lines(sel, lines if lines is not None else [], encoded=True)
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
                    chisel.out.put_lines(sel[i : i + 1], texts[i : i + 1], encoded=True)

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
