"""Views on the command line: the consumer that shows one, and the list of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pysysdig.cli.consumer import Consumer, Start
from pysysdig.output.terminal import escaped, printable
from pysysdig.render.jsontext import dumps
from pysysdig.views.feed import Feed
from pysysdig.views.loader import every_view, find_view
from pysysdig.views.model import LIST
from pysysdig.views.text import RULE, json_slice, raw_lines, table_lines

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from pysysdig.output.stream import Output
    from pysysdig.render.options import RenderOptions
    from pysysdig.settings import ViewSettings
    from pysysdig.state.view import EventView
    from pysysdig.views.frame import Frame

    Ints = npt.NDArray[np.int64]

_PARTIAL = "this trace was written with a filter: threads that nothing happened to are not in the table"


class Viewing(Consumer):
    """Shows one view of each capture, of a live one a table an interval. It filters itself: the time covered is that of all
    events."""

    from_first = True

    def __init__(
        self,
        settings: ViewSettings,
        filter_text: str,
        out: Output,
        options: RenderOptions,
        *,
        json: bool,
        containers: bool,
        directories: tuple[str, ...] = (),
    ) -> None:
        """options: how values are rendered; directories: of --chisel-dir. Raises UsageError."""
        self._settings = settings
        self._view = find_view(settings.name, directories)
        self.shares = any(column.field.startswith("thread.cpu") for column in self._view.columns)
        self._filter = filter_text
        self._options = options
        self._out = out
        self._json = json
        self._containers = containers
        self._interval = 0
        self._feed: Feed | None = None
        self._shown = 0  # tables of this capture

    def needs(self, generation: str) -> int:
        return Feed(self._view, generation, self._filter, containers=self._containers, options=self._options).needs

    def begin(self, start: Start) -> bool:
        self._interval = self._settings.refresh if start.live else 0
        self._feed = None
        self._shown = 0
        return True

    def deliver(self, view: EventView, sel: Ints) -> bool:
        if self._feed is None:
            self._feed = Feed(
                self._view,
                view.generation,
                self._filter,
                containers=self._containers,
                interval=self._interval,
                sort=self._settings.sort,
                options=self._options,
            )
            if self._json:
                self._out.write('{"slices": [\n' + ("" if self._interval else '{"progress": 0},\n'))
        for frame in self._feed.add(view, sel):
            self._show(frame)
        return False

    def end(self) -> None:
        feed, self._feed = self._feed, None
        if feed is None:
            return
        self._show(feed.close())
        if self._json:
            self._out.write("\n]}\n")
        if feed.partial:
            sys.stderr.write(f"{_PARTIAL}\n")

    def _show(self, frame: Frame) -> None:
        if self._json:
            text = json_slice(frame, self._settings.first, self._settings.last)
            self._out.write((",\n" if self._shown else "") + text)
        elif self._settings.raw:
            lines = raw_lines(frame)
            if not self._interval:  # csysdig prints twice: before a table's rows are made, and after
                lines = [*(lines if self._view.kind == LIST else [RULE]), *lines]
            self._lines(lines)
        else:
            self._lines([*([""] if self._shown else []), *table_lines(frame)])
        self._shown += 1
        if frame.cut:
            sys.stderr.write(f"{frame.cut} events belong to rows that there was no room for\n")

    def _lines(self, lines: list[str]) -> None:
        text = "\n".join(lines) + "\n"
        self._out.write(printable(text) if self._out.terminal else text)


def listing(json: bool, directories: tuple[str, ...] = ()) -> str:
    """The text of --list-views: the views with what they show, or csysdig's JSON. What cannot be used is said on standard
    error."""
    problems: list[str] = []
    views = every_view(directories, problems)
    for problem in problems:
        sys.stderr.write(escaped(problem) + "\n")
    if not json:
        width = max(len(v.id) for v in views)
        return "".join(f"{v.id:<{width}}  {v.name}: {v.description}\n" for v in sorted(views, key=lambda v: v.id))
    rows = []
    for view in views:
        about = {
            "appliesTo": list(view.applies_to),
            "canDrillDown": view.kind != LIST,
            "description": view.description,
            "drilldownTarget": view.drilldown,
            "filter": view.filter,
            "id": view.id,
            "isRoot": view.root,
            "name": view.name,
            "tags": list(view.tags),
        }
        rows.append("{" + ",".join(f"{dumps(name)}:{dumps(value)}" for name, value in about.items()) + "}")
    return "[" + ",\n".join(rows) + "]\n"
