"""State rows and snapshots as msgpack values: threads and descriptors as maps of attribute -> list, one item per row.

Byte text is stored as msgpack text (one character per byte), addresses and the like as bin. Nothing of what is read is
trusted: every value must have the type that the attribute has in a fresh row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from pysysdig.state import snapshot as sn
from pysysdig.state.fds import NO_ADDRESS, FdInfo
from pysysdig.state.promised import Columns
from pysysdig.state.rows import FD_NAMES, THREAD_NAMES
from pysysdig.state.threads import ThreadInfo
from pysysdig.trace.values import Damage, Values, listed, member, whole

ContainerOf = Callable[[Sequence[str], str, Sequence[str]], str]  # of control groups, root directory and environment
Place = tuple[str, int]  # name of the file, offset of the frame
SENSELESS = "state that makes no sense"  # though its checksum is right
MAX_ROWS = 1 << 22
_FEW = 4096

THREAD_ATTRIBUTES = tuple(n for n in THREAD_NAMES if n not in ("row", "where"))
FD_ATTRIBUTES = tuple(n for n in FD_NAMES if n not in ("row", "where"))
_PROCESS_ATTRIBUTES = tuple(n for n in sn.ProcessEntry.__slots__ if n != "fds")
_FD_ENTRY = tuple(sn.FdEntry.__slots__)
_INTERFACE = ("name", "addr", "netmask", "broadcast", "linkspeed")
_MACHINE = ("hostname", "num_cpus", "memory_bytes", "max_pid", "boot_ts", "live")


def _types(sample: Any, names: Sequence[str]) -> dict[str, type]:
    return {name: type(getattr(sample, name)) for name in names}


_THREAD = _types(ThreadInfo(0), THREAD_ATTRIBUTES)
_FD = _types(FdInfo(0), FD_ATTRIBUTES)
_PROCESS = _types(sn.ProcessEntry(), _PROCESS_ATTRIBUTES)
_ENTRY = _types(sn.FdEntry(0, 0, 0), _FD_ENTRY)


def columns(rows: Sequence[Any], names: Sequence[str]) -> dict[str, list[Any]]:
    """Attributes of row objects as lists; an attribute that is the same in all rows is a list of one."""
    out: dict[str, list[Any]] = {name: [] for name in names}
    for name, given in zip(names, zip(*map(attrgetter(*names), rows))):
        values = list(given)
        out[name] = values[:1] if values.count(values[0]) == len(values) else values
    return out


def _checked_column(data: Any, name: str, count: int, kind: type) -> list[Any] | None:
    """The attribute `name` among `data`: `count` values or one; None if it is not there, as in files of a later version, with
    fewer attributes. Raises ValueError."""
    values = data.get(name)
    if values is None:
        return None
    if not isinstance(values, list) or len(values) not in (count, 1):
        raise ValueError
    return _column(values, kind)


def objects(data: Any, count: int, types: dict[str, type], make: Callable[[], Any]) -> list[Any]:
    """The inverse: `count` objects from `make`. Raises ValueError."""
    _check(count)
    if not isinstance(data, dict):
        raise ValueError
    rows = [make() for _ in range(count)]
    for name, kind in types.items():
        values = _checked_column(data, name, count, kind)
        if values is None:
            continue
        if len(values) == 1:
            if count and values[0] == getattr(rows[0], name):
                continue
            values = values * count
        for row, value in zip(rows, values):
            setattr(row, name, value)
    return rows


def _possible(entry: sn.FdEntry) -> bool:
    """Whether a descriptor's ends are such that a socket can have them."""
    return (
        all(0 <= value < 1 << bits for value, bits in ((entry.l4, 8), (entry.sport, 16), (entry.dport, 16)))
        and all(0 <= kernel < 1 << 64 for kernel in (entry.source, entry.destination))
        and all(len(address) in (0, 4, 16) for address in (entry.sip, entry.dip))
    )


def _column(values: list[Any], kind: type) -> list[Any]:
    """Values of the type that an attribute has. Raises ValueError."""
    found = set(map(type, values))
    if kind is str and found <= {str}:
        _text("".join(values))
        return values
    if kind is tuple and found <= {list}:
        words: list[Any] = [word for value in values for word in value]
        if set(map(type, words)) <= {str}:
            _text("".join(map(str, words)))
            return list(map(tuple, values))
    if found <= {kind} and kind in (int, bytes, bool):
        return values
    return [_checked(v, kind) for v in values]


def _checked(value: Any, kind: type) -> Any:
    """A value of the type that the attribute has."""
    if kind is tuple or kind is list:
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise ValueError
        return kind([_text(str(v)) for v in value])
    if kind is int or kind is bool:
        if type(value) is int or type(value) is bool:
            return kind(value)
    elif type(value) is kind:
        return _text(str(value)) if kind is str else value
    raise ValueError


def _text(value: str) -> str:
    value.encode("latin-1")  # byte text; UnicodeEncodeError is a ValueError
    return value


def _check(count: Any) -> None:
    if not 0 <= whole(count) <= MAX_ROWS:
        raise ValueError


class Given(dict[str, list[Any]]):
    """Attribute -> values, one a row or one for all. They are decoded and checked when they are first asked for: most are not."""

    __slots__ = ("_count", "_data", "_defaults", "_fixed", "_types", "_where")

    def __init__(self, data: Values, count: int, types: dict[str, type], defaults: dict[str, list[Any]], where: Place) -> None:
        """Raises ValueError."""
        _check(count)
        self._data, self._count, self._types, self._defaults, self._where = data, count, types, defaults, where
        self._fixed: dict[str, list[Any]] = {}

    def fix(self, name: str, values: list[Any]) -> None:
        """Give an attribute other values than those in the file."""
        self._fixed[name] = self[name] = values[:1] if values.count(values[0]) == len(values) else values

    def rest(self) -> None:
        """Keep what was decoded, but not what it was decoded from."""
        self._data.forget()

    def forget(self) -> None:
        """Keep nothing that can be decoded again."""
        self.clear()
        self.update(self._fixed)
        self._data.forget()

    def __missing__(self, name: str) -> list[Any]:
        default = self._defaults[name]
        kind = self._types.get(name)
        with Damage(self._where, SENSELESS):
            values = None if kind is None else _checked_column(self._data, name, self._count, kind)
            if name == "sock" and values is not None and set(map(len, values)) - {len(NO_ADDRESS)}:
                raise ValueError
        self[name] = default if values is None else values
        return self[name]


class _Recorded:
    """A row whose attributes stay in the columns they were stored in: most rows of a trace are asked for one or two, if any.

    Asking raises CaptureError if they are damaged.
    """

    __slots__ = ()

    _given: Columns
    _index: int
    row: int

    def __init__(self, given: Columns, index: int, row: int) -> None:
        """index: which of the values; row: its number in the table."""
        self._given, self._index, self.row = given, index, row  # type: ignore[misc]  # slots of the classes below


class RecordedThread(_Recorded, ThreadInfo):
    """A version of a thread."""

    __slots__ = ("_given", "_index")


class RecordedFd(_Recorded, FdInfo):
    """A version of a descriptor."""

    __slots__ = ("_given", "_index")


def _from_columns(name: str) -> property:
    def value(row: _Recorded) -> Any:
        values = row._given[name]
        return values[row._index if len(values) > 1 else 0]

    return property(value)


for _class, _names in ((RecordedThread, THREAD_ATTRIBUTES), (RecordedFd, FD_ATTRIBUTES)):
    for _name in (*_names, "where"):
        setattr(_class, _name, _from_columns(_name))


_THREAD_DEFAULTS = {name: [getattr(ThreadInfo(0), name)] for name in (*THREAD_ATTRIBUTES, "where")}
_FD_DEFAULTS = {name: [getattr(FdInfo(0), name)] for name in (*FD_ATTRIBUTES, "where")}


def threads(data: Values, count: int, where: Place, containers: ContainerOf | None = None) -> Given:
    """Threads, one a row. containers: gives ids of containers in place of those recorded. Raises ValueError."""
    given = Given(data, count, _THREAD, _THREAD_DEFAULTS, where)
    if containers is not None:
        several = [given[name] for name in ("cgroups", "root", "env", "container_id")]
        if any(len(values) > 1 for values in several):
            several = [values if len(values) > 1 else values * count for values in several]
        ids = [containers(groups, root, env) if groups else known for groups, root, env, known in zip(*several)]
        given.fix("container_id", ids)
    return given


def fds(data: Values, count: int, where: Place) -> Given:
    """Descriptors, one a row. Raises ValueError."""
    return Given(data, count, _FD, _FD_DEFAULTS, where)


def from_snapshot(s: sn.Snapshot, processes: bool = True) -> dict[str, Any]:
    """A snapshot as maps and lists, with or without its processes."""
    threads = s.processes if processes else []
    owners = [i for i, p in enumerate(threads) for _ in p.fds]
    entries = [f for p in threads for f in p.fds]
    return {
        "machine": [getattr(s, name) for name in _MACHINE],
        "interfaces": [[getattr(i, name) for name in _INTERFACE] for i in s.interfaces],
        "accounts": [
            [a.uid, a.gid, a.name, a.home, a.shell] if isinstance(a, sn.UserEntry) else [a.gid, a.name] for a in s.accounts
        ],
        "count": len(threads),
        "processes": columns(threads, _PROCESS_ATTRIBUTES),
        "owners": owners,
        "fds": columns(entries, _FD_ENTRY),
    }


def to_snapshot(data: Any) -> sn.Snapshot:
    """The inverse. Raises ValueError."""
    out = sn.Snapshot()
    for name, value in zip(_MACHINE, listed(member(data, "machine")), strict=True):
        setattr(out, name, _checked(value, type(getattr(out, name))))
    for item in listed(member(data, "interfaces")):
        name, addr, netmask, broadcast, speed = listed(item, len(_INTERFACE))
        if any(type(a) is not bytes or len(a) != len(addr) for a in (addr, netmask, broadcast)) or len(addr) not in (4, 16):
            raise ValueError
        out.interfaces.append(sn.InterfaceEntry(_checked(name, str), addr, netmask, broadcast, _checked(speed, int)))
    out.accounts += map(_account, listed(member(data, "accounts")))
    processes, owners, count = member(data, "processes"), listed(member(data, "owners")), whole(member(data, "count"))
    if type(processes) is not dict or count > _FEW + len(listed(processes.get("tid", []))):  # hardly two have the same
        raise ValueError
    out.processes = objects(processes, count, _PROCESS, sn.ProcessEntry)
    entries = objects(member(data, "fds"), len(owners), _ENTRY, lambda: sn.FdEntry(0, 0, 0))
    for owner, entry in zip(owners, entries, strict=True):
        if not 0 <= whole(owner) < len(out.processes) or not _possible(entry):
            raise ValueError
        out.processes[owner].fds.append(entry)
    return out


def _account(item: Any) -> sn.UserEntry | sn.GroupEntry:
    """A user [uid, gid, name, home, shell], or a group [gid, name]."""
    if len(listed(item)) == 5:
        uid, gid, *texts = item
        return sn.UserEntry(_checked(uid, int), _checked(gid, int), *(_checked(t, str) for t in texts))
    gid, name = listed(item, 2)
    return sn.GroupEntry(_checked(gid, int), _checked(name, str))
