"""Events of a synthetic test: what the test file says of them, as the events that a capture of exit events holds."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.batch import EventBatch
from pysysdig.events.build import Event, batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.eventsources import registry
from pysysdig.rules.yamldoc import Node
from pysysdig.sources.section import Plain
from pysysdig.state.snapshot import GroupEntry, Snapshot, UserEntry
from pysysdig.workbench import other_sources
from pysysdig.workbench.arguments import argument
from pysysdig.workbench.calls import clone_params, execve_params
from pysysdig.workbench.generations import CALL, enter_and_exit
from pysysdig.workbench.model import ENTER_EXIT, EVENT_KEYS, Case
from pysysdig.workbench.occurrences import event_names, info_of, newest
from pysysdig.workbench.reading import Place, TestFileError, copied
from pysysdig.workbench.sugar import SUGAR
from pysysdig.workbench.world import Thread, World

START = 1_704_067_200_000_000_000  # 2024-01-01T00:00:00Z
STEP = 1_000_000  # ns between two events
_MOST_EVENTS = 100_000  # of one test
_DROP = "drop"
_MOST_LOST = 1 << 40
# what a parameter is that is not said
_DEFAULTS = {"res": 0, "dirfd": -100, "mode": 0, "dev": 0, "ino": 0, "flags": 0, "proto": 0}


class Synthetic(Plain):
    """The section of a synthetic test.

    ids   by the times of events (ns; no two are equal) the ids of what made them
    what  the keys of what made them: open, sendto
    """

    __slots__ = ("_events", "generation", "ids", "snapshot", "what")

    def __init__(
        self, snapshot: Snapshot, events: EventBatch, generation: str, ids: dict[int, str], what: dict[int, str]
    ) -> None:
        self.snapshot = snapshot
        self.generation = generation
        self.ids = ids
        self.what = what
        self._events = events

    def batches(self) -> Iterator[EventBatch]:
        """See Section: all events at once."""
        yield self._events


def synthesise(case: Case) -> Synthetic:
    """The events of a test. Raises TestFileError."""
    world = World(case.place, case.machine)
    maker = Maker(case.place, case.node, world, pairs=case.generation == ENTER_EXIT)
    first = _newcomers(world, maker)
    for container in world.containers.values():
        if not container.text:
            continue
        maker.add("CONTAINER_JSON_2_E", 1, [container.text], hidden=True)
        for known in world.accounts:
            maker.account(known, container.id[:12])
    for node in case.place.items(case.node.entries["events"], "events"):
        maker.take(node)
    events = batch([*first, *maker.events])
    lead = len(first)
    lost = maker.lost_before(len(events) - lead)
    if lead or lost.any():
        events.num[lead:] += lost
    return Synthetic(world.snapshot(), events, OLD if case.generation == ENTER_EXIT else CURRENT, maker.ids, maker.what)


def _newcomers(world: World, maker: Maker) -> list[Event]:
    """Hidden events that start the processes of which the test says when they did: only of these is it known."""
    out: list[Event] = []
    for thread in world.newcomers():
        moment = START - (thread.started or 0)
        events = (
            ("SYSCALL_CLONE_20_X", clone_params(0, thread)),
            ("SYSCALL_EXECVE_19_X", execve_params(0, thread, thread.exe)),
            ("SYSCALL_CHDIR_X", [0, thread.cwd]),  # a new process is where its parent was
        )
        for i, (name, params) in enumerate(events):
            out += maker.made(name, moment + i * 2 * CALL, thread.tid, params, hidden=True)
    return out


class Maker:
    """Makes events, one after the other."""

    def __init__(self, place: Place, node: Node, world: World, *, pairs: bool) -> None:
        """node: of the test; pairs: calls are enter and exit events."""
        self.place = place
        self._node = node  # what is made: the test, then one event after the other
        self.world = world
        self._pairs = pairs
        self._now = self._last = START
        self._id = self._what = ""
        self.events: list[Event] = []
        self.ids: dict[int, str] = {}  # by time
        self.what: dict[int, str] = {}
        self._lost: list[tuple[int, int]] = []  # position, how many events

    def add(self, name: str, tid: int, params: list[Any], *, hidden: bool = False) -> None:
        """An event, now. Texts are byte text."""
        if self.events:
            self._now = max(self._now, self._last + (2 * CALL if self._pairs else 1))
        self._last = self._now
        try:
            self.events += self.made(name, self._now, tid, params, hidden=hidden)
        except (struct.error, ValueError, OverflowError, UnicodeError):
            raise TestFileError(
                f"{self.place.name}: a {self._what or name} here is larger than an event can be (64 KiB)"
            ) from None
        if self._id:
            self.ids[self._now] = self._id
        if self._what:
            self.what[self._now] = self._what
        self._now += STEP

    def made(self, name: str, ts: int, tid: int, params: list[Any], *, hidden: bool) -> list[Event]:
        """The events that this one is in the generation of the test. Raises TestFileError for what no event can hold."""
        try:
            if self._pairs:
                return enter_and_exit(name, ts, tid, params, hidden=hidden)
            return [event(name, ts, tid, params, hidden=hidden)]
        except struct.error:
            raise self.place.error(
                self._node, "a parameter of an event (a text, all arguments) has at most 65535 bytes"
            ) from None

    def lost_before(self, count: int) -> npt.NDArray[np.int64]:
        """For each of `count` events how many were lost before it: numbers of events go on behind those."""
        out = np.zeros(count, np.int64)
        for position, number in self._lost:
            out[position:] += number
        return out

    def account(self, known: UserEntry | GroupEntry, container: str) -> None:
        """A container has this account, too."""
        if isinstance(known, UserEntry):
            self.add(
                "USER_ADDED_E",
                1,
                [known.uid, known.gid, known.name, known.home, known.shell, container],
                hidden=True,
            )
        else:
            self.add("GROUP_ADDED_E", 1, [known.gid, known.name, container], hidden=True)

    def take(self, node: Node) -> None:
        """The events of one entry of the test."""
        place = self.place
        self._node = node
        said = place.entries(node, "an event")
        what = [key for key, _ in node.pairs if key.text not in EVENT_KEYS]
        if len(what) != 1:
            raise place.error(node, f"an event is one thing that happens beside {', '.join(EVENT_KEYS)}")
        times = place.whole(said["repeat"], "repeat", _MOST_EVENTS + 1) if "repeat" in said else 1
        every = place.duration(said["every"], "every") if "every" in said else 0
        first, step = self._counter(said.get("n"))
        if "at" in said:
            self._move(said["at"])
        self._id = place.text(said["id"], "id") if "id" in said else ""
        self._what = what[0].text
        for i in range(times):
            if len(self.events) >= _MOST_EVENTS:
                raise place.error(node, f"a test has at most {_MOST_EVENTS} events")
            start = self._now
            self._happen(what[0], copied(node, {"n": str(first + i * step)}))
            if every and i + 1 < times:
                self._now = start + every
        self._id = self._what = ""

    def _counter(self, node: Node | None) -> tuple[int, int]:
        """`n: 5+2`: 5, 7, 9 ..."""
        if node is None:
            return 1, 1
        found = re.fullmatch(r"(-?[0-9]{1,15})([+-][0-9]{1,15})?", self.place.text(node, "n"))
        if found is None:
            raise self.place.error(node, "n is a number and a step, like 1+1")
        return int(found[1]), int(found[2] or 1)

    def _move(self, node: Node) -> None:
        """`at: +2s` is after the last event, `at: 2s` after the start."""
        text = self.place.text(node, "at")
        late = Node(node.kind, node.index, text.removeprefix("+"))
        moment = (self._now - STEP if text.startswith("+") else START) + self.place.duration(late, "at")
        if moment < self._now - STEP:
            raise self.place.error(node, "events come in the order of their times")
        self._now = moment

    def _happen(self, key: Node, node: Node) -> None:
        said = node.entries
        value = said[key.text]
        if key.text == _DROP:
            self._nobody(key, node)
            self._drop(value)
            return
        if key.text not in SUGAR and newest(key.text) is None:
            source = registry.source(key.text)
            if source is None:
                raise self.place.unknown(key, "event", key.text, [*SUGAR, _DROP, *registry.names(), *event_names()])
            self._nobody(key, node)
            found = other_sources.made(source, self.place, key, value, self._now)
            self.add("PLUGINEVENT_E", -1, [source.id, found.data])
            return
        if "by" not in said:
            raise self.place.error(key, "an event is `by:` a process")
        by = self.world.thread(said["by"], said.get("user"))
        sugar = SUGAR.get(key.text)
        if sugar is not None:
            sugar(self, by, value)
        else:
            self._plain(by, key, value)

    def _nobody(self, key: Node, node: Node) -> None:
        """What happens is by no process. Raises TestFileError if the test says one."""
        for said, _ in node.pairs:
            if said.text in ("by", "user"):
                raise self.place.error(said, f"{key.text} is by no process: `{said.text}:` means nothing there")

    def _drop(self, node: Node) -> None:
        """drop: so many events are lost here."""
        number = self.place.whole(node, "drop", _MOST_LOST)
        self._lost.append((len(self.events), number))
        for name in ("DROP_E", "DROP_X"):
            self.events.append(event(name, self._now, 0, [1]))
        self._now += STEP

    def _plain(self, by: Thread, key: Node, value: Node) -> None:
        """An event of the table, with its parameters by name."""
        info = info_of(key.text)
        known = [p.name for p in info.params]
        result = known[0] if known and "res" not in known else ""  # of calls that give a descriptor, `res` is that
        given = dict(self.place.mapping(value, f"the parameters of {key.text}", [*known, *(["res"] if result else [])]))
        if "res" in given and result:
            given[result] = given.pop("res")
        values: dict[str, Any] = {p.name: argument(self.place, given[p.name], p) for p in info.params if p.name in given}
        for param in info.params:
            if param.name not in values:
                values[param.name] = self._default(by, key, param.name, values)
        self.add(info.enum, by.tid, [values[name] for name in known])

    def _default(self, by: Thread, key: Node, name: str, values: dict[str, Any]) -> Any:
        if name in _DEFAULTS:
            return _DEFAULTS[name]
        if name == "fd" and "name" in values or name == "fd" and "domain" in values:
            return by.descriptor()
        if name == "size" and isinstance(values.get("data"), bytes):
            return len(values["data"])
        if name in ("tuple", "addr", "data"):
            return None
        raise self.place.error(key, f"{key.text} needs {name}", "`name: ~` is an empty one")
