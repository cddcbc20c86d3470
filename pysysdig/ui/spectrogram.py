"""F12: how long calls take, as a heat map: latency from left to right, time from top to bottom. A box of it can be dug into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Footer, Static

from pysysdig.chiselkit.text import duration
from pysysdig.ui.base import HELP, QUIT, Base
from pysysdig.ui.chooser import Chooser, Entry
from pysysdig.ui.events import Events
from pysysdig.ui.heat import COLUMNS, DECADES, EDGES, SHADES, box_filter, shade
from pysysdig.ui.messages import Answer, Failed, Measure, Spectrum
from pysysdig.ui.selection import both
from pysysdig.ui.text import harmless
from pysysdig.ui.trail import SPECTROGRAM, Level, command

if TYPE_CHECKING:
    from pysysdig.ui.link import Talk
    from pysysdig.ui.table_screen import About

_MARGIN = 10  # cells of the times at the left
# a scale whose lightness grows evenly, told apart without colours by the characters
_COLOURS = ("#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725")
_MARKS = " ··░░▒▒▓▓█"
_STYLES = tuple(Style(color=colour, bgcolor="default") for colour in _COLOURS)
_BOXED = tuple(Style(color=colour, bgcolor="default", reverse=True, bold=True) for colour in _COLOURS)
_PLAIN = Style(color="default", bgcolor="default")
_NOTHING = Spectrum(0, 0, 1, np.zeros((0, COLUMNS), np.int64), False)


class HeatMap(ScrollView, can_focus=True):
    """Shows a Spectrum. The box is from `corner` to `cursor`, both (row, column on the screen)."""

    BINDINGS = [
        Binding("up", "move(-1,0)", "Earlier", show=False),
        Binding("down", "move(1,0)", "Later", show=False),
        Binding("left", "move(0,-1)", "Faster", show=False),
        Binding("right", "move(0,1)", "Slower", show=False),
        Binding("shift+up,K", "stretch(-1,0)", "Stretch the box up", show=False),
        Binding("shift+down,J", "stretch(1,0)", "Stretch the box down", show=False),
        Binding("shift+left,H", "stretch(0,-1)", "Stretch the box left", show=False),
        Binding("shift+right,L", "stretch(0,1)", "Stretch the box right", show=False),
        Binding("enter", "dig", "Dig the box", key_display="Enter"),
    ]
    DEFAULT_CSS = "HeatMap { height: 1fr; overflow-x: hidden; }"

    class Dug(Message):
        """The events of the box are wanted."""

    class Moved(Message):
        """The box is another one."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.spectrum = _NOTHING
        self.corner = self.cursor = (0, 0)
        self._drag = False

    def show(self, spectrum: Spectrum) -> None:
        """Another one."""
        self.spectrum = spectrum
        self.virtual_size = Size(self.size.width, len(spectrum.counts) + 1)
        self.refresh()

    @property
    def columns(self) -> int:
        """Columns on the screen."""
        return max(min(self.size.width - _MARGIN - 1, COLUMNS), 1)

    def _span(self, column: int) -> tuple[int, int]:
        """The columns [from, to) of the spectrum that one on the screen stands for."""
        n = self.columns
        return column * COLUMNS // n, (column + 1) * COLUMNS // n

    @property
    def box(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Rows and columns [from, to) of the spectrum."""
        rows = sorted((self.corner[0], self.cursor[0]))
        columns = sorted((self.corner[1], self.cursor[1]))
        return (rows[0], rows[1] + 1), (self._span(columns[0])[0], self._span(columns[1])[1])

    def render_line(self, y: int) -> Strip:
        """The scale, or a row."""
        row = self.scroll_offset.y + y - 1
        width = self.size.width
        counts = self.spectrum.counts
        if y == 0:
            marks = [" "] * self.columns
            for decade in range(DECADES):
                at = decade * self.columns // DECADES
                mark = f"|{duration(10**decade)}"
                marks[at : at + len(mark)] = mark[: self.columns - at]
            segments = [Segment(" " * _MARGIN + "".join(marks[: self.columns]), _PLAIN)]
        elif row < len(counts):
            since = (row * self.spectrum.width) / 1e9
            segments = [Segment(f"{since:>8.3f}s ", _PLAIN)]
            (top, bottom), _ = self.box
            left, right = sorted((self.corner[1], self.cursor[1]))
            for column in range(self.columns):
                low, high = self._span(column)
                level = shade(int(counts[row, low:high].sum()))
                boxed = top <= row < bottom and left <= column <= right
                segments.append(Segment(_MARKS[level], (_BOXED if boxed else _STYLES)[min(level, SHADES - 1)]))
        else:
            segments = [Segment("", _PLAIN)]
        return Strip(segments).extend_cell_length(width, _PLAIN).crop(0, width)

    def _go(self, row: int, column: int) -> None:
        rows = max(len(self.spectrum.counts), 1)
        self.cursor = max(min(row, rows - 1), 0), max(min(column, self.columns - 1), 0)
        top, height = self.scroll_offset.y, max(self.size.height - 1, 1)
        wanted = min(max(top, self.cursor[0] - height + 1), self.cursor[0])
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, immediate=True)
        self.refresh()
        self.post_message(self.Moved())

    def action_move(self, rows: int, columns: int) -> None:
        """Move a box of one cell."""
        self._go(self.cursor[0] + rows, self.cursor[1] + columns)
        self.corner = self.cursor

    def action_stretch(self, rows: int, columns: int) -> None:
        """Make the box larger or smaller."""
        self._go(self.cursor[0] + rows, self.cursor[1] + columns)

    def action_dig(self) -> None:
        """Enter, and the mouse let go."""
        self.post_message(self.Dug())

    def _at(self, event: events.MouseEvent) -> tuple[int, int]:
        return self.scroll_offset.y + event.y - 1, event.x - _MARGIN

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A box begins."""
        self._drag = True
        self.capture_mouse()
        self._go(*self._at(event))
        self.corner = self.cursor

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """It grows."""
        if self._drag:
            self._go(*self._at(event))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """It is complete."""
        if self._drag:
            self._drag = False
            self.release_mouse()
            if self.corner != self.cursor:
                self.action_dig()


class Views(NamedTuple):
    """What else the selection may be looked at in: views, and what shows one of them, by its id, in the place of the map."""

    entries: Sequence[Entry]
    show: Callable[[str], None]


class Spectrogram(Base):
    """The heat map of one selection."""

    BINDINGS = [
        HELP,
        Binding("f2", "views", "Views", key_display="F2"),
        Binding("p", "pause", "Pause"),
        Binding("c,delete", "clear", "Clear", show=False),
        Binding("backspace,escape", "back", "Back", key_display="⌫"),
        *QUIT,
    ]
    DEFAULT_CSS = """
    Spectrogram .line { height: 1; }
    Spectrogram #title { text-style: bold; }
    """

    def __init__(self, talk: Talk, about: About, what: str, filter_: str, views: Views) -> None:
        """what: whose calls, harmless; filter_: which, beside the command line's filter (byte text)."""
        super().__init__()
        self._views = views
        self._talk = talk
        self._what = what
        self._filter = filter_
        self._about = about
        self._live = not about.source
        self._asked = 0
        self.paused = False

    def compose(self) -> ComposeResult:
        """What it is, the map, what the box holds, the keys."""
        yield Static("", id="title", classes="line", markup=False)
        yield HeatMap(id="map")
        yield Static("", id="box", classes="line", markup=False)
        yield Static("", id="command", classes="line", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Ask for it."""
        self.heat.focus()
        self._ask()

    @property
    def heat(self) -> HeatMap:
        """The map."""
        return self.query_one(HeatMap)

    def _ask(self) -> None:
        self._asked = self._talk.ask(Measure(0, self._filter))
        self._tell()

    def hear(self, answer: Answer) -> None:
        """The engine's answer."""
        if isinstance(answer, Spectrum) and answer.number == self._asked and not self.paused:
            self.heat.show(answer)
            self._tell()
        elif isinstance(answer, Failed) and answer.number in (self._asked, -1):
            self._warn(answer.text)

    def _tell(self) -> None:
        spectrum = self.heat.spectrum
        state = "   PAUSED" if self.paused else "" if spectrum.done or self._live else "   reading ..."
        total = int(spectrum.counts.sum())
        legend = " ".join(
            f"{mark}{least}" for mark, least in (("·", "1+"), ("░", "3+"), ("▒", "25+"), ("▓", "170+"), ("█", "2300+"))
        )
        self._put("title", f"Latencies of {self._what}: {total:,} calls   calls a cell: {legend}{state}")
        self._put("command", f"$ {harmless(command(self._about.words, Level(SPECTROGRAM, self._filter), self._about.filter))}")
        rows, columns = self.heat.box
        count = int(spectrum.counts[rows[0] : rows[1], columns[0] : columns[1]].sum())
        low, high = duration(int(EDGES[columns[0]])), duration(int(EDGES[columns[1]]))
        times = f"{rows[0] * spectrum.width / 1e9:.3f}s to {rows[1] * spectrum.width / 1e9:.3f}s"
        self._put("box", f"Box: {count:,} calls of {low} to {high} from {times}   Shift and arrows stretch it, Enter digs")

    def on_heat_map_moved(self, event: HeatMap.Moved) -> None:
        """Another box."""
        self._tell()

    def on_heat_map_dug(self, event: HeatMap.Dug) -> None:
        """The events in the box."""
        spectrum = self.heat.spectrum
        filter_ = both(self._filter, box_filter(spectrum.first, spectrum.width, *self.heat.box))
        what = f"a box of latencies of {self._what}"
        past = self._about.live
        self.app.push_screen(Events(self._talk, self._about, what, filter_, echo=False, live=False, past=past))

    def action_views(self) -> None:
        """Choose a view of the selection."""

        def chosen(view: str | None) -> None:
            if view is not None:
                self.action_back()
                self._views.show(view)

        self.app.push_screen(Chooser("Views", self._views.entries, "", "f2"), chosen)

    def action_pause(self) -> None:
        """Let it stand, or go on."""
        self.paused = not self.paused
        self._tell()

    def action_clear(self) -> None:
        """Begin anew."""
        self._ask()
