"""Chisels: small programs over the events of a run. docs/writing-chisels.md shows how to write one.

from pysysdig.chisel import Chisel

class Deleted(Chisel):
    '''Names of the files that are removed.'''

    filter = "evt.type in (unlink, unlinkat) and evt.dir=<"
    fields = ("evt.time", "proc.name", "evt.args")

    def on_event(self, event):
        self.print(event["evt.time"], event["proc.name"], event["evt.args"])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pysysdig.chiselkit.arguments import ADDRESS, FIELD, FILTER, INT, STRING, Arg
from pysysdig.chiselkit.events import Batch, Event
from pysysdig.chiselkit.lines import Lines
from pysysdig.chiselkit.printing import Printed
from pysysdig.chiselkit.screen import CLEAR, HIDE_CURSOR, HOME, NO_WRAP, SHOW_CURSOR, WRAP, Colours, dimensions
from pysysdig.chiselkit.text import text
from pysysdig.errors import ChiselError
from pysysdig.render.options import PLAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pysysdig.chiselkit.state import SystemState
    from pysysdig.chiselkit.tables import Table
    from pysysdig.state.view import EventView

__all__ = [
    "ADDRESS", "FIELD", "FILTER", "INT", "STRING", "Arg", "Batch", "Chisel", "ChiselError", "Colours", "Event", "RunInfo",
    "TopChisel",
]  # fmt: skip


_DECLARED: tuple[tuple[tuple[str, ...], tuple[type, ...]], ...] = (
    (("filter", "format", "buffers"), (str,)),
    (("fields",), (tuple, list)),
    (("interval", "snaplen"), (int, float)),
)
_CALLED = {str: "a text", tuple: "a tuple of names", int: "a number"}
_BUFFERS = ("", "ascii", "hex", "hexascii", "base64")


class RunInfo:
    """What a chisel may know about the run.

    live         the running machine, not a capture
    source       name of the capture file, "" when live
    filter       the filter of the command line
    terminal     standard output is a terminal; `width` and `height` are its size
    json         -j was given
    containers   -pc was given: show the containers, too
    """

    __slots__ = ("containers", "filter", "height", "json", "live", "source", "terminal", "width")

    def __init__(self) -> None:
        self.live = self.terminal = self.json = self.containers = False
        self.source = self.filter = ""
        self.width, self.height = 80, 25


class Chisel:
    """Base of all chisels: declare what you need, override the callbacks you want.

    Declarations (class attributes; `configure` may set them on the instance, for instance from arguments):

    name         default: the name of the file without .py
    category     heading in -cl
    summary      one line, for -cl
    description  the long text for -i; default: the docstring
    hidden       not listed by -cl
    filter       the chisel's own filter; events must pass the command line's, too
    fields       the fields that callbacks read
    format       an output format (-p): printed for every event, unless on_event returns False
    interval     seconds of event time between calls of on_interval, 0 = never
    snaplen      live capture: bytes of data buffers to record at least
    buffers      how data is shown unless -A, -x, -X or -b was given: "ascii", "hex", "hexascii" or "base64"
    state        the chisel calls `system()`
    stops        the chisel may call `stop()`

    Arguments are class attributes of the type Arg.
    """

    name: str = ""
    category: str = "Misc"
    summary: str = ""
    description: str = ""
    hidden: bool = False
    filter: str = ""
    fields: tuple[str, ...] = ()
    format: str = ""
    interval: float = 0.0
    snaplen: int = 0
    buffers: str = ""
    state: bool = False
    stops: bool = False
    args: ClassVar[tuple[Arg, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in ("name", "category", "summary", "description"):
            if not isinstance(getattr(cls, name), str):
                raise ChiselError(f"{name} must be a text, not {getattr(cls, name)!r}")
        inherited = {a.name: a for a in cls.args}
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Arg)}
        taken = [name for name in own if name not in inherited and hasattr(Chisel, name)]
        if taken:
            raise ChiselError(f"an argument cannot be called {taken[0]}: every chisel has an attribute of that name")
        cls.args = (*own.values(), *(a for name, a in inherited.items() if name not in own))
        optional = [a.optional for a in cls.args]
        if optional != sorted(optional):
            raise ChiselError("required arguments must come before optional ones")
        if "description" not in vars(cls) and cls.__doc__:
            cls.description = " ".join(cls.__doc__.split())

    def __init__(self, run: RunInfo | None = None, values: dict[str, Any] | None = None) -> None:
        """For the engine (and tests): the run, and values of the arguments by name."""
        self.run = run or RunInfo()
        self.now = 0
        self.span = 0
        self.out = Printed(self.run)
        self.rendering = PLAIN
        self.stopped = False
        self.next_run: list[str] | None = None
        self.moment: tuple[EventView, int] | None = None
        self._drawn = False
        for arg in self.args:
            setattr(self, arg.name, (values or {}).get(arg.name, arg.default))

    def check(self) -> None:
        """For the engine: ChiselError if something is declared as what it cannot be."""
        for names, types in _DECLARED:
            for name in names:
                value = getattr(self, name)
                if not isinstance(value, types):
                    raise ChiselError(f"{name} must be {_CALLED[types[0]]}, not {value!r}")
        if not all(isinstance(name, str) for name in self.fields):
            raise ChiselError(f"fields must be names of fields, not {self.fields!r}")
        if self.buffers not in _BUFFERS:
            raise ChiselError(f"buffers must be {', '.join(_BUFFERS[1:-1])} or {_BUFFERS[-1]}, not {self.buffers!r}")

    # callbacks

    def configure(self) -> None:
        """Arguments are there, nothing is opened yet: the place to choose filter, fields and interval."""

    def on_start(self) -> None:
        """A capture begins. `run` is complete."""

    def on_event(self, event: Event) -> bool | None:
        """One event that passed the filters."""

    def on_batch(self, batch: Batch) -> Sequence[str | None] | None:
        """Many events at once; a chisel that overrides this gets no on_event.

        With `format`, it may return what is to be printed before the line of each event (None: nothing).
        """

    def on_interval(self, seconds: float) -> None:
        """`interval` is over; `seconds` of event time have passed since the last call."""

    def on_end(self) -> None:
        """The capture is over (also after an interrupt, or when it turned out to be damaged)."""

    # services

    def print(self, *values: Any, at: Event | None = None) -> None:
        """Print values, separated by blanks, and a line end. On a terminal control characters are shown as \\xNN.

        at: the event it is about, for on_batch: chisels that run at the same time print in the order of the events.
        """
        self.out.put(at.position if at else self._position, self.out.byte_text(" ".join(map(text, values))) + "\n")

    def print_lines(self, batch: Batch, lines: Sequence[str | bytes | None]) -> None:
        """Print a line for each event of a batch (None: nothing), as `print(line, at=event)` does, in less time."""
        if isinstance(lines, Lines):
            self.out.put_lines(batch.sel, lines, encoded=True)
            return
        texts = [line if line is None or isinstance(line, str) else text(line) for line in lines]
        self.out.put_lines(batch.sel, texts, encoded=False)

    def write(self, data: bytes) -> None:
        """Print bytes exactly as they are, terminal or not, without a line end."""
        self.out.put(self._position, data.decode("latin-1"))

    @property
    def _position(self) -> int:
        return self.moment[1] if self.moment else -1

    def refresh(self, lines: list[str]) -> None:
        """Print lines; on a live terminal in place of what the last call printed, as much of them as there is room for."""
        in_place = self.run.live and self.run.terminal
        if in_place:
            self.write((HOME if self._drawn else HIDE_CURSOR + NO_WRAP + CLEAR).encode())
            self._drawn = True
            self.run.width, self.run.height = dimensions()
            lines = lines[: self.run.height - 1]
        for line in lines:
            self.out.put(self._position, self.out.byte_text(text(line)) + ("\x1b[K\n" if in_place else "\n"))
        if in_place:
            self.write(b"\x1b[J")

    def restore_screen(self) -> None:
        """Undo what `refresh` did to the terminal; happens by itself at the end."""
        if self._drawn:
            self.write(f"\r\x1b[K{WRAP}{SHOW_CURSOR}".encode())  # over the ^C that the terminal shows
            self._drawn = False

    def stop(self) -> None:
        """End the run with this event. Needs `stops = True`."""
        if not self.stops:
            raise ChiselError("a chisel that calls stop() declares stops = True")
        self.stopped = True

    def system(self) -> SystemState:
        """All threads, descriptors and containers at this moment. Needs `state = True`; ChiselError before the first event."""
        if self.moment is None:
            raise ChiselError("there is no state before the first event")
        if not self.state:
            raise ChiselError("a chisel that calls system() declares state = True")
        from pysysdig.chiselkit.state import SystemState

        return SystemState(*self.moment, self.rendering)

    def run_again(self, arguments: list[str]) -> None:
        """After this run start the program anew with these arguments."""
        self.next_run = arguments


class TopChisel(Chisel):
    """A table of sums by key, largest first: printed at the end of a capture, every second of a live run.

    keys             (field, title) of each part of the key
    container_keys   the same with -pc; default: `keys`
    value            (field, title) of what is summed up
    top              number of rows, 0 = all
    unit             "none", "bytes", "time" (ns) or "timepct" (ns, as a share of the time covered)
    """

    keys: tuple[tuple[str, str], ...] = ()
    container_keys: tuple[tuple[str, str], ...] = ()
    value: tuple[str, str] = ("evt.count", "# Calls")
    top: int = 10
    unit: str = "none"
    table: Table

    def configure(self) -> None:
        from pysysdig.chiselkit.tables import Table

        keys = self.container_keys if self.run.containers and self.container_keys else self.keys
        self.table = Table(keys, self.value, top=self.top, unit=self.unit)
        self.fields = (*self.fields, *self.table.fields)

    def on_start(self) -> None:
        if self.run.live:
            self.interval = 1.0

    def on_batch(self, batch: Batch) -> None:
        self.table.add_batch(batch)

    def on_interval(self, seconds: float) -> None:
        self.show(int(seconds * 1e9))
        self.table.clear()

    def on_end(self) -> None:
        if not self.run.live:
            self.show(self.span)

    def show(self, span: int) -> None:
        """Print the table; it covers `span` ns."""
        if self.run.json:
            self.print(self.table.render_json(self.now // 1_000_000_000))
        else:
            self.refresh(self.table.render(span))
