"""Tables made by hand, for the tests of the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pysysdig.ui.messages import Answer
from pysysdig.ui.table import Table, table_of
from pysysdig.views.frame import Cell, Frame, Kind, Row
from pysysdig.views.loader import find_view
from pysysdig.views.model import View, layout

_KINDS = {
    "thread.cpu": Kind("DOUBLE", "NA"),
    "proc.pid": Kind("INT64", "ID"),
    "proc.ppid": Kind("INT64", "ID"),
    "thread.tid": Kind("INT64", "ID"),
}
TEXT = Kind("CHARBUF", "NA")
NUMBER = Kind("UINT64", "DEC")


def frame(view: View, rows: list[tuple[Any, dict[str, Any]]], span: int = 1_000_000_000) -> Frame:
    """A frame of a view: of each row its key and the values of its columns by title; the others are 0, or no text."""
    plan = layout(view)
    kinds = tuple(_kind(c.field) for c in plan.shown)
    made = tuple(
        Row(key, tuple(Cell(values.get(c.title, 0 if k.numeric else "")) for c, k in zip(plan.shown, kinds)))
        for key, values in rows
    )
    return Frame(view, plan, kinds, None if plan.key is None else _kind(plan.key.field), made, span)


def _kind(field: str) -> Kind:
    if field in _KINDS:
        return _KINDS[field]
    counted = field.startswith(("evt.count", "evt.buflen", "thread.vm", "evt.type.is", "proc.nthreads", "evt.latency"))
    return NUMBER if counted else TEXT


def processes(*more: tuple[int, dict[str, Any]]) -> Table:
    """A table of processes: 11, 22 and 33, and `more`."""
    rows = [
        (11, {"PID": 11, "CPU": 3.0, "FILE": 10, "Command": "alpha"}),
        (22, {"PID": 22, "CPU": 2.0, "FILE": 30, "Command": "beta one"}),
        (33, {"PID": 33, "CPU": 1.0, "FILE": 20, "Command": "gamma"}),
        *more,
    ]
    return table_of(frame(find_view("procs"), rows))


class Still:
    """An engine that does nothing: keeps what it is asked, and says what the test wants."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.answers: list[Answer] = []
        self.wake: Callable[[], None] = lambda: None

    def ask(self, what: Any) -> None:
        """See Asker."""
        self.asked.append(what)

    def start(self, wake: Callable[[], None]) -> None:
        """See Asker."""
        self.wake = wake

    def take(self) -> list[Answer]:
        """See Asker."""
        answers, self.answers = self.answers, []
        return answers

    def say(self, *answers: Answer) -> None:
        """Answer."""
        self.answers += answers
        self.wake()
