"""The strip above the table: how many events there were, and when; a part of it that is marked becomes a filter."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from pysysdig.ui.messages import Facts
from pysysdig.ui.timeline import moment, strip

_PLAIN = Style(color="cyan", bgcolor="default")
_MARKED = Style(color="cyan", bgcolor="default", reverse=True)
_CURSOR = Style(color="yellow", bgcolor="default", bold=True, reverse=True)
_STEP = 10


class Brush(Widget, can_focus=True):
    """Shows Facts; `start` and `end` are columns, the part between them is marked."""

    BINDINGS = [
        Binding("left", "move(-1)", "Earlier", show=False),
        Binding("right", "move(1)", "Later", show=False),
        Binding("shift+left,pageup", f"move(-{_STEP})", "Much earlier", show=False),
        Binding("shift+right,pagedown", f"move({_STEP})", "Much later", show=False),
        Binding("home", "move(-100000)", "The beginning", show=False),
        Binding("end", "move(100000)", "The end", show=False),
        Binding("left_curly_bracket", "begin", "Begin here", key_display="{"),
        Binding("right_curly_bracket", "finish", "End here", key_display="}"),
        Binding("enter", "choose", "Only these events"),
        Binding("D", "compare", "Compare them"),
        Binding("escape,backspace", "leave", "Back"),
    ]
    DEFAULT_CSS = "Brush { height: 1; width: 100%; }"

    class Chosen(Message):
        """Events from `start` up to but not with `end`, ns since the epoch, are wanted."""

        def __init__(self, start: int, end: int) -> None:
            super().__init__()
            self.start = start
            self.end = end

    class Compared(Chosen):
        """They are to be compared with others."""

    class Left(Message):
        """Something else may have the focus."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._facts = Facts(0, 0, 0, 0)
        self.cursor = 0
        self.start: int | None = None
        self.end: int | None = None
        self._drag = False

    def show(self, facts: Facts) -> None:
        """Other facts."""
        self._facts = facts
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The strip."""
        width = self.size.width
        text = strip(self._facts, width)
        low, high = self.marked
        out = []
        for i, char in enumerate(text):
            here = self.has_focus and i == self.cursor
            out.append(Segment(char, _CURSOR if here else _MARKED if low <= i < high else _PLAIN))
        return Strip(out, width)

    @property
    def marked(self) -> tuple[int, int]:
        """The columns [from, to) that are marked."""
        if self.start is None and self.end is None:
            return 0, 0
        start = 0 if self.start is None else self.start
        end = self.size.width - 1 if self.end is None else self.end
        return min(start, end), max(start, end) + 1

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.cursor = max(min(self.cursor + by, self.size.width - 1), 0)
        self.refresh()

    def action_begin(self) -> None:
        """The mark begins at the cursor."""
        self.start = self.cursor
        self.refresh()

    def action_finish(self) -> None:
        """The mark ends at the cursor."""
        self.end = self.cursor
        self.refresh()

    def action_choose(self) -> None:
        """Only the events of the marked part."""
        self._take(self.Chosen)

    def action_compare(self) -> None:
        """The events of the marked part beside others."""
        if self.start is None and self.end is None:
            self.notify("mark a part of the time first: { where it begins, } where it ends", markup=False)
        else:
            self._take(self.Compared)

    def _take(self, meant: type[Chosen]) -> None:
        low, high = self.marked
        if high and self._facts.counts:
            width = self.size.width
            times = moment(self._facts, low, width), moment(self._facts, high, width)
            self.start = self.end = None
            self.post_message(meant(*times))
        self.action_leave()

    def action_leave(self) -> None:
        """Back to the table."""
        self.post_message(self.Left())

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A mark begins."""
        self._drag = True
        self.capture_mouse()
        self.start = self.end = self.cursor = event.x
        self.refresh()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """It goes on."""
        if self._drag:
            self.end = self.cursor = max(min(event.x, self.size.width - 1), 0)
            self.refresh()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """It is complete."""
        if self._drag:
            self._drag = False
            self.release_mouse()
            if self.start != self.end:
                self.action_choose()
