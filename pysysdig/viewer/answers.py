"""What the page of a served report asks for: events that pass a filter, a table of these, why a rule fired."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.errors import PysysdigError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import from_user
from pysysdig.format.printer import Printer
from pysysdig.format.template import Template
from pysysdig.render.options import RenderOptions
from pysysdig.replay import Wanted, replay
from pysysdig.report.tables import VIEWS, Tables
from pysysdig.report.text import shown
from pysysdig.report.timeline import Timeline
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any
from pysysdig.viewer.server import HTML, JSON, PLAIN, Answer

if TYPE_CHECKING:
    from pysysdig.sources.section import Section
    from pysysdig.state.view import EventView
    from pysysdig.workbench.explain import Explainer

Ints = npt.NDArray[np.int64]
PAGE = 200  # events of an answer
_FORMAT = "*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info"
_LONGEST = 8192  # characters of a filter
_TIME, _WAIT = 60.0, 20.0  # seconds that an answer may take, and that one waits for another


class _Refused(Exception):
    """There is no answer: a status and a line that says why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Served(NamedTuple):
    """A capture that is served: the path of its file (what it is called, where nothing is asked of it), and the page about it."""

    path: str
    page: bytes


class Answers:
    """Answers the requests of pages (server.Answering). One is worked out at a time."""

    def __init__(self, captures: Sequence[Served], explainer: Explainer | None = None, *, closed: bool = False) -> None:
        """explainer: the rules that can be asked about; closed: there is nothing but the pages."""
        self._captures = captures
        self._explainer = explainer
        self._turn = threading.Lock()
        self._kinds: dict[str, Callable[[Served, Mapping[str, str], float], Any]] = {}
        if not closed:
            self._kinds = {"events": self._events, "table": self._table, "explain": self._explain}

    def __call__(self, path: str, asked: Mapping[str, str]) -> Answer:
        """The answer to a path and its question."""
        try:
            return self._answer(path, asked)
        except _Refused as refused:
            return _refusal(refused.status, str(refused))
        except PysysdigError as error:
            return _refusal(400, str(error))

    def _answer(self, path: str, asked: Mapping[str, str]) -> Answer:
        if path == "/":
            return Answer(self._captures[0].page, HTML) if len(self._captures) == 1 else Answer(self._index(), HTML)
        words = path.split("/")[1:]
        if len(self._captures) == 1:
            words = ["0", *words]
        number, *rest = words
        if number not in map(str, range(len(self._captures))) or rest not in ([""], *([kind] for kind in self._kinds)):
            return Answer(b"there is nothing here\n", PLAIN, 404)
        capture = self._captures[int(number)]
        if not rest[0]:
            return Answer(capture.page, HTML)
        if not self._turn.acquire(timeout=_WAIT):
            raise _Refused(503, "another question is being answered; ask again later")
        try:
            return _json(self._kinds[rest[0]](capture, asked, time.monotonic() + _TIME))
        finally:
            self._turn.release()

    def _index(self) -> bytes:
        from html import escape

        names = [shown(from_user(capture.path)) for capture in self._captures]
        items = "".join(f'<li><a href="/{i}/">{escape(name)}</a></li>' for i, name in enumerate(names))
        return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Captures</title><ul>{items}</ul></html>'.encode()

    def _events(self, capture: Served, asked: Mapping[str, str], until: float) -> dict[str, Any]:
        """Lines of the first PAGE events behind number `after` that pass the filter, as [number, text]."""
        wanted = Wanted(_filter(asked))
        after = _number(asked.get("after", "0"), "after")
        printer = Printer(Template(_FORMAT, RenderOptions(max_len=80)))
        lines: list[list[Any]] = []
        with open_any(capture.path) as opened:
            for view, sel in _in_time(opened.sections(), wanted, printer.needs, until):
                numbers = view.batch.num_of(sel)
                sel, numbers = sel[numbers > after], numbers[numbers > after]
                room = PAGE - len(lines)
                texts = printer.render(view, sel[:room]).split("\n")[:-1]
                lines += [[int(n), shown(t)] for n, t in zip(numbers.tolist(), texts)]
                if len(sel) > room:
                    return {"lines": lines, "more": True}
        return {"lines": lines, "more": False}

    def _table(self, capture: Served, asked: Mapping[str, str], until: float) -> dict[str, Any]:
        """One of the report's tables, of the events that pass the filter."""
        name, text = asked.get("view", ""), _filter(asked)
        if name not in VIEWS:
            raise _Refused(400, f"view is one of {', '.join(VIEWS)}")
        with open_any(capture.path) as opened:
            line, seen = Timeline(), False
            tables = Tables((name,), opened.generation, text, line)
            for view, sel in _in_time(opened.sections(), Wanted(""), tables.needs, until):
                line.reach(view.batch.ts_of(sel))
                tables.add(view, sel)
                seen = True
            if not seen:
                raise _Refused(404, "there are no events")
            return {k: v for k, v in tables.close()[0].items() if k != "cube"}

    def _explain(self, capture: Served, asked: Mapping[str, str], until: float) -> dict[str, Any]:
        """Why a rule fired at an event, or did not: lines."""
        explainer = self._explainer
        if explainer is None:
            raise _Refused(404, "there are no rules; start with --rules")
        rule, number = explainer.number(asked.get("rule", "")), _number(asked.get("event", ""), "event")
        if rule < 0:
            raise _Refused(404, "there is no such rule")
        with open_any(capture.path) as opened:
            for view, sel in _in_time(converted(opened.sections()), Wanted("", CURRENT), explainer.needs, until):
                at = np.flatnonzero(view.batch.num_of(sel) == number)
                if len(at):
                    found = explainer.look(view, sel).explain(rule, int(sel[at[0]]))
                    return {"lines": [shown(from_user(line)) for line in found.as_text(full=True)]}
        raise _Refused(404, "rules see no event of this number")


def _in_time(sections: Any, wanted: Wanted, level: int, until: float) -> Iterator[tuple[EventView, Ints]]:
    """`replay`, which is given up when it takes too long."""
    captured: Iterator[Section] = sections
    for found in replay(captured, wanted, level=level):
        yield found
        if time.monotonic() > until:
            raise _Refused(503, f"this takes more than {_TIME:.0f} s; ask for less: a shorter time, or fewer events")


def _filter(asked: Mapping[str, str]) -> str:
    text = asked.get("filter", "")
    if len(text) > _LONGEST or "\0" in text:
        raise _Refused(400, "the filter is too long")
    return from_user(text)


def _number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise _Refused(400, f"{what} is not a number")
    return int(text)


def _json(data: Any) -> Answer:
    return Answer(json.dumps(data, ensure_ascii=True, separators=(",", ":")).encode(), JSON)


def _refusal(status: int, why: str) -> Answer:
    return _json({"error": shown(from_user(why))})._replace(status=status)
