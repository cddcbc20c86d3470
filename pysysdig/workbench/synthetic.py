"""Events of a synthetic test: what the test file says of them, as the events that a capture of exit events holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from pysysdig.events.batch import EventBatch
from pysysdig.events.build import Event, batch, event
from pysysdig.events.table import CURRENT, TYPES, EventInfo, load
from pysysdig.rules.yamldoc import MAPPING, NULL, Node
from pysysdig.sources.section import Plain
from pysysdig.state.snapshot import GroupEntry, Snapshot, UserEntry
from pysysdig.workbench.arguments import argument
from pysysdig.workbench.model import Case
from pysysdig.workbench.reading import Place, copied
from pysysdig.workbench.world import Thread, World

START = 1_704_067_200_000_000_000  # 2024-01-01T00:00:00Z
STEP = 1_000_000  # ns between two events
_MOST_EVENTS = 100_000  # of one test
_KEYS = ("id", "by", "user", "at", "repeat", "every", "n")
_NEWER = re.compile(r"[A-Z0-9]+?_(\w+?)(?:_([0-9]+))?_([EX])")
# what a parameter is that is not said
_DEFAULTS = {"res": 0, "dirfd": -100, "mode": 0, "dev": 0, "ino": 0, "flags": 0, "proto": 0}


class Synthetic(Plain):
    """The section of a synthetic test; `ids`: for each event number the id of what made it."""

    __slots__ = ("_events", "generation", "ids", "snapshot")

    def __init__(self, snapshot: Snapshot, events: EventBatch, ids: dict[int, str]) -> None:
        self.snapshot = snapshot
        self.generation = CURRENT
        self.ids = ids
        self._events = events

    def batches(self) -> Iterator[EventBatch]:
        """See Section: all events at once."""
        yield self._events


def synthesise(case: Case) -> Synthetic:
    """The events of a test. Raises TestFileError."""
    world = World(case.place, case.machine)
    maker = _Maker(case.place, world)
    for container in world.containers.values():
        maker.add("CONTAINER_JSON_2_E", 1, [container.text.encode().decode("latin-1")], hidden=True)
        for known in world.accounts:
            maker.account(known, container.id[:12])
    for node in case.place.items(case.node.entries["events"], "events"):
        maker.take(node)
    return Synthetic(world.snapshot(), batch(maker.events), maker.ids)


class _Maker:
    """Makes events, one after the other."""

    def __init__(self, place: Place, world: World) -> None:
        self._place = place
        self._world = world
        self._now = START
        self._id = ""
        self.events: list[Event] = []
        self.ids: dict[int, str] = {}

    def add(self, name: str, tid: int, params: list[Any], *, hidden: bool = False) -> None:
        self.events.append(event(name, self._now, tid, params, hidden=hidden))
        if self._id:
            self.ids[len(self.events)] = self._id
        self._now += STEP

    def account(self, known: UserEntry | GroupEntry, container: str) -> None:
        """A container has this account, too."""
        if isinstance(known, UserEntry):
            self.add(
                "USER_ADDED_E", 1, [known.uid, known.gid, *_items([known.name, known.home, known.shell]), container], hidden=True
            )
        else:
            self.add("GROUP_ADDED_E", 1, [known.gid, *_items([known.name]), container], hidden=True)

    def take(self, node: Node) -> None:
        """The events of one entry of the test."""
        place = self._place
        said = place.entries(node, "an event")
        what = [key for key, _ in node.pairs if key.text not in _KEYS]
        if len(what) != 1:
            raise place.error(node, f"an event is one thing that happens beside {', '.join(_KEYS)}")
        times = place.whole(said["repeat"], "repeat", _MOST_EVENTS + 1) if "repeat" in said else 1
        every = place.duration(said["every"], "every") if "every" in said else 0
        first, step = self._counter(said.get("n"))
        if "at" in said:
            self._move(said["at"])
        self._id = place.text(said["id"], "id") if "id" in said else ""
        for i in range(times):
            if len(self.events) >= _MOST_EVENTS:
                raise place.error(node, f"a test has at most {_MOST_EVENTS} events")
            start = self._now
            self._happen(what[0], copied(node, {"n": str(first + i * step)}).entries)
            if every and i + 1 < times:
                self._now = start + every
        self._id = ""

    def _counter(self, node: Node | None) -> tuple[int, int]:
        """`n: 5+2`: 5, 7, 9 ..."""
        if node is None:
            return 1, 1
        found = re.fullmatch(r"(-?[0-9]{1,15})([+-][0-9]{1,15})?", self._place.text(node, "n"))
        if found is None:
            raise self._place.error(node, "n is a number and a step, like 1+1")
        return int(found[1]), int(found[2] or 1)

    def _move(self, node: Node) -> None:
        """`at: +2s` is after the last event, `at: 2s` after the start."""
        text = self._place.text(node, "at")
        late = Node(node.kind, node.index, text.removeprefix("+"))
        moment = (self._now - STEP if text.startswith("+") else START) + self._place.duration(late, "at")
        if moment < self._now - STEP:
            raise self._place.error(node, "events come in the order of their times")
        self._now = moment

    def _happen(self, key: Node, said: dict[str, Node]) -> None:
        value = said[key.text]
        if "by" not in said:
            raise self._place.error(key, "an event is `by:` a process")
        by = self._world.thread(said["by"], said.get("user"))
        sugar = _SUGAR.get(key.text)
        if sugar is not None:
            sugar(self, by, value)
        else:
            self._plain(by, key, value)

    def _plain(self, by: Thread, key: Node, value: Node) -> None:
        """An event of the table, with its parameters by name."""
        info = _info(key.text)
        if info is None:
            raise self._place.unknown(key, "event", key.text, [*_SUGAR, *_names()])
        known = [p.name for p in info.params]
        result = known[0] if known and "res" not in known else ""  # of calls that give a descriptor, `res` is that
        given = dict(self._place.mapping(value, f"the parameters of {key.text}", [*known, *(["res"] if result else [])]))
        if "res" in given and result:
            given[result] = given.pop("res")
        values: dict[str, Any] = {p.name: argument(self._place, given[p.name], p) for p in info.params if p.name in given}
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
        raise self._place.error(key, f"{key.text} needs {name}", "`name: ~` is an empty one")

    def _fork(self, by: Thread, node: Node) -> None:
        """fork: NAME of the new process."""
        child = self._world.fork(by, self._place.text(node, "fork"))
        for own, result in ((by, child.tid), (child, 0)):
            self.add(
                "SYSCALL_CLONE_20_X",
                own.tid,
                [
                    result, own.exe, _items(own.args), own.tid, own.tid, own.parent, own.cwd, 1024, 0, 0, 0, 0, 0, own.comm,
                    _items(own.cgroups), 0, own.uid, own.gid, own.vpid, own.vpid, 0,
                ],
            )  # fmt: skip

    def _exec(self, by: Thread, node: Node) -> None:
        """exec: PATH, or a mapping with exe, args, env, tty, res."""
        place = self._place
        said = place.mapping(node, "exec", ("exe", "args", "env", "tty", "res")) if node.kind == MAPPING else {"exe": node}
        if "exe" not in said:
            raise place.error(node, "exec needs exe")
        exe = place.text(said["exe"], "exe").encode().decode("latin-1")
        result = argument(place, said["res"], _info_of("execve").params[0]) if "res" in said else 0
        if result == 0:
            by.run(exe, list(place.texts(said["args"], "args")) if "args" in said else [])
            by.env = list(place.texts(said["env"], "env")) if "env" in said else by.env
            by.tty = place.whole(said["tty"], "tty", 1 << 32) if "tty" in said else by.tty
        self.add(
            "SYSCALL_EXECVE_19_X",
            by.tid,
            [
                result, exe, _items(by.args), by.tid, by.tid, by.parent, by.cwd, 1024, 0, 0, 0, 0, 0, by.comm, _items(by.cgroups),
                _items(by.env), by.tty, by.sid, by.loginuid, 1, 0, 0, 0, 77, 0, 0, by.uid, exe, by.sid, by.gid, exe,
            ],
        )  # fmt: skip

    def _exit(self, by: Thread, node: Node) -> None:
        """exit: the status."""
        status = self._place.whole(node, "the exit status", 256) if node.kind != NULL else 0
        self.add("PROCEXIT_1_E", by.tid, [status << 8, status, 0, 0, 0])

    def _open(self, by: Thread, node: Node) -> None:
        """open: PATH, or a mapping with name, flags, res: an openat."""
        place = self._place
        said = place.mapping(node, "open", ("name", "flags", "mode", "res")) if node.kind == MAPPING else {"name": node}
        if "name" not in said:
            raise place.error(node, "open needs name")
        params = _info_of("openat").params
        failed = argument(place, said["res"], params[0]) if "res" in said else 0
        flags = argument(place, said["flags"], params[3]) if "flags" in said else 1
        mode = argument(place, said["mode"], params[4]) if "mode" in said else 0
        result = failed if failed < 0 else by.descriptor()
        self.add("SYSCALL_OPENAT_2_X", by.tid, [result, -100, argument(place, said["name"], params[2]), flags, mode, 0, 0])

    def _connect_to(self, by: Thread, node: Node) -> None:
        """connect_to: ADDRESS:PORT, or a mapping with addr, proto (tcp, udp) and res: a socket, and a connect."""
        place = self._place
        said = place.mapping(node, "connect_to", ("addr", "proto", "res")) if node.kind == MAPPING else {"addr": node}
        if "addr" not in said:
            raise place.error(node, "connect_to needs addr")
        params = _info_of("connect").params
        peer = argument(place, said["addr"], params[3])
        proto = place.text(said["proto"], "proto") if "proto" in said else "tcp"
        if proto not in ("tcp", "udp"):
            raise place.unknown(said["proto"], "protocol", proto, ("tcp", "udp"))
        if isinstance(peer, str):
            raise place.error(said["addr"], "connect_to needs an address and a port")
        result = argument(place, said["res"], params[0]) if "res" in said else 0
        number = by.descriptor()
        family, own = (10, "::1") if ":" in peer[0] else (2, "10.0.0.2")
        self.add("SOCKET_SOCKET_X", by.tid, [number, family, 1 if proto == "tcp" else 2, 6 if proto == "tcp" else 17, 0])
        self.add("SOCKET_CONNECT_X", by.tid, [result, (own, 40000 + number, *peer), number, peer])


_SUGAR: dict[str, Callable[[_Maker, Thread, Node], None]] = {
    "fork": _Maker._fork,
    "exec": _Maker._exec,
    "exit": _Maker._exit,
    "open": _Maker._open,
    "connect_to": _Maker._connect_to,
}


def _items(texts: list[str]) -> list[str]:
    """Texts of a test file as byte text."""
    return [text.encode().decode("latin-1") for text in texts]


def _names() -> set[str]:
    """The names of events that can happen."""
    return {info.name for info in load(CURRENT) if info.params and _NEWER.fullmatch(info.enum)}


def _info(name: str) -> EventInfo | None:
    """The newest exit event (else enter event) of a name."""
    best: tuple[bool, int] = (False, -1)
    found = None
    for enum, type_ in TYPES.items():
        info = load(CURRENT)[type_]
        parts = _NEWER.fullmatch(enum)
        if info.name != name or parts is None or parts[1].lower() != name:
            continue
        rank = (parts[3] == "X", int(parts[2] or 0))
        if rank > best:
            best, found = rank, info
    return found


def _info_of(name: str) -> EventInfo:
    info = _info(name)
    assert info is not None
    return info
