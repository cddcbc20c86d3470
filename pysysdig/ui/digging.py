"""Events and their data as lines, and all that there is to say of one event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.render.buffers import ascii_only, dots, hex_dump
from pysysdig.render.options import RenderOptions
from pysysdig.settings import PLAIN
from pysysdig.state.levels import ORDERS
from pysysdig.ui.text import shown

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
DOTTED, PRINTABLE, HEX = "dotted", "printable", "hex"  # csysdig's "View As"
DATA = "evt.is_io=true and evt.dir=< and evt.rawres>0"  # the events that echo shows
_WIDTH = 160  # characters of data a line
_MOST = 1 << 16  # bytes of data of one event
# what stands on the line or beside the fields anyway, and what depends on the event that was looked at before
_UNPRINTED = frozenset({"evt.args", "evt.info", "evt.buffer", "evt.deltatime", "evt.deltatime.s", "evt.deltatime.ns"})
_FIRST = ("evt", "syscall", "proc", "thread", "fd", "user", "group", "container")  # classes of fields in this order
_RAW = "evt.rawarg.data"


class Digger:
    """Makes lines of events: the default line of each, or the data that it moves."""

    def __init__(self, echo: bool, mode: str, options: RenderOptions) -> None:
        from pysysdig.fields.lookup import lookup  # the screen, which has no events, needs none of these: start-up time
        from pysysdig.format.printer import Printer
        from pysysdig.format.template import Template
        from pysysdig.state.shown import Shown

        self._echo = echo
        self._mode = mode
        self._selects = Shown(all_threads=True)
        self._printer = Printer(Template(PLAIN, options._replace(max_len=80)))
        self._what = [lookup(name, options=options) for name in ("evt.is_io_read", "evt.rawres", "fd.name", "proc.name", _RAW)]

    def told(self, view: EventView, sel: Ints) -> Ints:
        """Those of the events that lines are made of: not the program's own."""
        return self._selects.of(view, sel)

    def lines(self, view: EventView, sel: Ints) -> list[tuple[int, str]]:
        """(number of the event, harmless line) of the events at positions `sel` of a view."""
        numbers = view.batch.num[sel].tolist()
        if self._echo:
            return [(n, line) for n, lines in zip(numbers, self._data(view, sel)) for line in lines]
        texts = self._printer.render(view, sel).split("\n")
        if len(texts) != len(sel) + 1:  # there are line ends in values
            texts = [self._printer.render(view, sel[i : i + 1]) for i in range(len(sel))]
        return [(n, shown(text.rstrip("\n"))) for n, text in zip(numbers, texts)]

    def _data(self, view: EventView, sel: Ints) -> list[list[str]]:
        columns = [ref.column(view, sel).tolist() for ref in self._what]
        out = []
        for read, count, fd, process, data in zip(*columns):
            head = (
                f"------ {'Read' if read else 'Write'} {count}B {'from' if read else 'to'} {fd or '<NA>'} ({process or '<NA>'})"
            )
            out.append([shown(head), *data_lines(data or b"", self._mode)])
        return out


def data_lines(data: bytes, mode: str) -> list[str]:
    """Data as harmless lines, in one of csysdig's ways."""
    data = data[:_MOST]
    if mode == HEX:
        return hex_dump(data, True).strip("\n").split("\n")
    if mode == PRINTABLE:
        return [shown(line) for line in ascii_only(data).strip("\n").split("\n")]
    text = dots(data)
    return [text[i : i + _WIDTH] for i in range(0, len(text), _WIDTH)]


def details(
    view: EventView, pos: int, options: RenderOptions, level: int = ORDERS
) -> tuple[list[tuple[str, str]], bytes]:  # fmt: skip
    """The fields of an event that have a value, with it as harmless text; its data. level: of state that the view has."""
    from pysysdig.fields.lookup import load_fields, lookup  # as above
    from pysysdig.fields.registry import REGISTRY
    from pysysdig.format.printer import Printer
    from pysysdig.format.template import Template

    load_fields()
    sel = np.array([pos], np.int64)
    found = []
    for name, field in REGISTRY.items():
        if (
            field.get is None
            or field.needs > level
            or name in _UNPRINTED
            or not field.flags.isdisjoint(("ARG_REQUIRED", "FILTER_ONLY"))
        ):
            continue
        text = Printer(Template(f"%{name}", options)).render(view, sel).rstrip("\n")
        if text not in ("", "<NA>"):
            found.append((name, shown(text)))
    order = {name: i for i, name in enumerate(_FIRST)}
    found.sort(key=lambda pair: order.get(pair[0].partition(".")[0], len(order)))
    data = lookup(_RAW, options=options).column(view, sel).tolist()[0]
    return found, data if isinstance(data, bytes) else b""
