"""From events of a trace to a synthetic test: what they were, the descriptors that they need, and the machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pysysdig.errors import PysysdigError
from pysysdig.events._flag_tables import ERRNO
from pysysdig.events.table import CURRENT, SIGNED, SIZES, load
from pysysdig.events.text import to_display
from pysysdig.eventsources import registry
from pysysdig.eventsources.columns import PLUGIN_EVENT
from pysysdig.render.addresses import sockaddr, socktuple
from pysysdig.state.raw import Params, batch_params
from pysysdig.state.snapshot import FD_IPV4_SOCK, FD_IPV6_SOCK, FD_UNIX_SOCK
from pysysdig.workbench.extract_machine import Machine, program_of
from pysysdig.workbench.occurrences import newest
from pysysdig.workbench.other_sources import Written

if TYPE_CHECKING:
    from pysysdig.state.fds import FdInfo
    from pysysdig.state.view import EventView

_MOST_DATA = 200  # bytes of a buffer
_ERRORS = {-number: name for name, number in ERRNO}
_TEXTS = ("CHARBUF", "FSPATH", "FSRELPATH")
_CLONES = ("clone", "clone3", "fork", "vfork")
_AT_FDCWD = -100  # the number of ENETDOWN, too


class Taken(NamedTuple):
    """An event of the test.

    number  in the trace; time: ns; by: name of its process in the test, "" of another source
    entries  what the test says of it: key and value
    """

    number: int
    time: int
    by: str
    entries: dict[str, Any]


class Scene:
    """What is collected: the machine as the test has it, and the events in order."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.events: list[Taken] = []

    def take(self, view: EventView, position: int) -> None:
        """An event of a view. Raises PysysdigError for one that no test can describe."""
        sel = np.array([position], np.int64)
        batch = view.batch
        number, time = int(batch.num_of(sel)[0]), int(batch.ts_of(sel)[0])
        info = load(CURRENT)[int(batch.type_of(sel)[0])]
        if info.type == PLUGIN_EVENT:
            self._of_other_source(batch_params(batch)[position], number, time)
            return
        known = newest(info.name)
        if known is None or known.enum != info.enum:
            raise PysysdigError(f"rules extract: event {number} is a {info.name} of a kind that tests cannot describe")
        row = int(view.main_at(sel)[0])
        if row < 0:
            raise PysysdigError(f"rules extract: nothing is known of the process of event {number}")
        params = batch_params(batch)[position]
        thread = view.threads.rows[row]
        if info.name in _CLONES:
            self._clone(view, sel, row, number, time, params)
            return
        by = self.machine.process(view, sel, row, number, time)
        if info.name in ("execve", "execveat") and params.i64(0) == 0:
            program = program_of(thread)
            name = to_display(params.text(len(info.params) - 1)) if info.name == "execve" else ""
            if name and name != program["exe"]:
                program["filename"] = name
            self._add(number, time, by, {"exec": program})
        elif info.name == "execve":
            name = to_display(params.text(len(info.params) - 1)) or to_display(params.text(1))
            self._add(number, time, by, {"exec": {"exe": name, "res": _value("ERRNO", params, 0)}})
        elif info.name == "procexit":
            self._add(number, time, by, {"exit": max(params.i64(1), 0) & 0xFF})
        else:
            self._plain(view, sel, row, by, number, time, params)

    def _of_other_source(self, params: Params, number: int, time: int) -> None:
        source = registry.by_id(params.uint(0))
        try:
            written = Written(source, params.data(1)) if source is not None else None
        except ValueError:
            written = None
        if source is None or written is None:
            raise PysysdigError(f"rules extract: event {number} is of a source that tests cannot describe")
        self._add(number, time, "", {source.name: written})

    def _add(self, number: int, time: int, by: str, entries: dict[str, Any]) -> None:
        self.events.append(Taken(number, time, by, entries))

    def _clone(self, view: EventView, sel: Any, row: int, number: int, time: int, params: Params) -> None:
        parent, child = row, params.i64(0)
        if child < 0:
            raise PysysdigError(f"rules extract: event {number} is a clone that failed")
        if child == 0:  # the child's side
            child = view.threads.rows[row].tid
            parent = int(view.parent(np.array([row]), sel)[0])
            if parent < 0:
                raise PysysdigError(f"rules extract: nothing is known of the parent of the process of event {number}")
        by = self.machine.process(view, sel, parent, number, time)
        name = self.machine.born(child)
        if not any(event.entries.get("fork") == name for event in self.events):
            self._add(number, time, by, {"fork": name})

    def _plain(self, view: EventView, sel: Any, row: int, by: str, number: int, time: int, params: Params) -> None:
        info = load(CURRENT)[params.type]
        values: dict[str, Any] = {}
        made = bool(info.params) and info.params[0].name == "fd" and "res" not in {p.name for p in info.params}
        for i, param in enumerate(info.params):
            if i >= params.n:
                break
            value = _value(param.type, params, i)
            values["res" if made and i == 0 else param.name] = value
            if param.type == "FD" and not (made and i == 0) and isinstance(value, int) and value >= 0:
                self._descriptor(view, sel, row, by, value, number, time, info.name)
        self._add(number, time, by, {info.name: values})

    def _descriptor(self, view: EventView, sel: Any, row: int, by: str, number: int, event: int, time: int, what: str) -> None:
        """Describe a descriptor that an event uses, as far as tests can."""
        at = int(view.fd_at(np.array([row]), np.array([number]), sel)[0])
        if at < 0:
            at = int(view.fd[sel[0]])
        if at < 0:
            return
        fd: FdInfo = view.fds.rows[at]
        if any(event.by == by and next(iter(event.entries.values())).get("res") == number for event in self._opened()):
            return
        if what == "connect" and fd.type in (FD_IPV4_SOCK, FD_IPV6_SOCK, FD_UNIX_SOCK):
            udp = fd.l4 == 3
            domain = {FD_IPV4_SOCK: 2, FD_IPV6_SOCK: 10, FD_UNIX_SOCK: 1}[fd.type]
            values = {"res": number, "domain": domain, "type": 2 if udp else 1, "proto": 17 if udp else 0}
            self._add(event, time - 1000, by, {"socket": values})
            return
        fds = self.machine.processes.get(by, {}).setdefault("fds", {})
        if fd.type in (FD_IPV4_SOCK, FD_IPV6_SOCK) and "->" in fd.name:
            fds.setdefault(number, fd.name)
        elif fd.name.startswith("/"):
            fds.setdefault(number, to_display(fd.name))
        if not fds and by in self.machine.processes:
            del self.machine.processes[by]["fds"]

    def _opened(self) -> list[Taken]:
        return [event for event in self.events if isinstance(next(iter(event.entries.values())), dict)]


def _value(kind: str, params: Params, i: int) -> Any:
    """A parameter as a test file has it; None: an empty one."""
    if not params.size(i):
        return None
    if kind in _TEXTS:
        return to_display(params.text(i))
    if kind == "BYTEBUF":
        return params.data(i)[:_MOST_DATA].decode("utf-8", "replace").replace("\0", " ")
    if kind in ("SOCKADDR", "SOCKTUPLE"):
        data = params.data(i)
        text = sockaddr(data, -1, CURRENT) if kind == "SOCKADDR" else socktuple(data, -1, CURRENT)
        return _bracketed(to_display(text))
    if kind not in SIZES:
        return None
    value = params.uint(i)
    if kind in SIGNED:
        bits = 8 * params.size(i)
        value -= (1 << bits) if value >> (bits - 1) else 0
        return _ERRORS.get(value, value) if value < 0 and (kind != "FD" or value != _AT_FDCWD) else value
    return value


def _bracketed(text: str) -> str | None:
    """Addresses of a tuple, those of IPv6 in brackets; None for what cannot be written so."""
    ends = []
    for end in text.split("->"):
        host, colon, port = end.rpartition(":")
        if end.startswith(("/", "@")):
            ends.append(end)
        elif colon and port.isdigit():
            ends.append(f"[{host}]:{port}" if ":" in host and not host.startswith("[") else end)
        else:
            return None
    return "->".join(ends)


def wanted_numbers(text: str) -> Sequence[int]:
    """`3`, `3,7`, `3-7`: numbers of events, ascending. Raises ValueError."""
    out: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise ValueError(text)
        low, high = int(first), int(last or first)
        if high - low > 10_000 or high < low:
            raise ValueError(text)
        out.update(range(low, high + 1))
    return sorted(out)
