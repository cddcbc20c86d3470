"""From events of a trace to a synthetic test: the processes, descriptors and containers that they need, and what they were."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pysysdig.errors import PysysdigError
from pysysdig.events._flag_tables import ERRNO
from pysysdig.events.table import CURRENT, SIGNED, SIZES, load
from pysysdig.events.text import to_display
from pysysdig.render.addresses import sockaddr, socktuple
from pysysdig.state.raw import Params, batch_params
from pysysdig.state.snapshot import FD_IPV4_SOCK, FD_IPV6_SOCK, FD_UNIX_SOCK
from pysysdig.workbench.occurrences import newest

if TYPE_CHECKING:
    from pysysdig.state.containers import ContainerInfo
    from pysysdig.state.fds import FdInfo
    from pysysdig.state.threads import ThreadInfo
    from pysysdig.state.view import EventView

_ANCESTORS = 12
_MOST_DATA = 200  # bytes of a buffer
_ERRORS = {-number: name for name, number in ERRNO}
_TEXTS = ("CHARBUF", "FSPATH", "FSRELPATH")
_CLONES = ("clone", "clone3", "fork", "vfork")
_KUBERNETES = {"io.kubernetes.pod.name": "pod", "io.kubernetes.pod.namespace": "ns", "io.kubernetes.pod.uid": "uid"}
_NO_ID = 0xFFFFFFFF
_AT_FDCWD = -100  # the number of ENETDOWN, too
_ID = re.compile(r"[0-9a-f]{12,64}")  # other ones cannot be described
_PLAIN = re.compile(r"[^A-Za-z0-9_.-]")


class Taken(NamedTuple):
    """An event of the test.

    number  in the trace; time: ns; by: name of its process in the test
    entries  what the test says of it: key and value
    """

    number: int
    time: int
    by: str
    entries: dict[str, Any]


class Scene:
    """What is collected: the machine as the test has it, and the events in order."""

    def __init__(self) -> None:
        self.users: dict[str, Any] = {}
        self.groups: dict[str, Any] = {}
        self.containers: dict[str, Any] = {}
        self.processes: dict[str, dict[str, Any]] = {}
        self.events: list[Taken] = []
        self._names: dict[int, str] = {1: "systemd"}  # of processes, by number

    def take(self, view: EventView, position: int) -> None:
        """An event of a view. Raises PysysdigError for one that no test can describe."""
        sel = np.array([position], np.int64)
        batch = view.batch
        number, time = int(batch.num_of(sel)[0]), int(batch.ts_of(sel)[0])
        info = load(CURRENT)[int(batch.type_of(sel)[0])]
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
        by = self._process(view, sel, row, number, time)
        if info.name in ("execve", "execveat") and params.i64(0) == 0:
            program = _program(thread)
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
        by = self._process(view, sel, parent, number, time)
        name = self._names.setdefault(child, f"child-{child}")
        self.processes.pop(name, None)
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
        fds = self.processes.get(by, {}).setdefault("fds", {})
        if fd.type in (FD_IPV4_SOCK, FD_IPV6_SOCK) and "->" in fd.name:
            fds.setdefault(number, fd.name)
        elif fd.name.startswith("/"):
            fds.setdefault(number, to_display(fd.name))
        if not fds and by in self.processes:
            del self.processes[by]["fds"]

    def _opened(self) -> list[Taken]:
        return [event for event in self.events if isinstance(next(iter(event.entries.values())), dict)]

    # --- the machine

    def _process(self, view: EventView, sel: Any, row: int, number: int, time: int) -> str:
        """The name of a process in the test; it and those above it are described."""
        lineage = [row]
        while len(lineage) < _ANCESTORS:
            above = int(view.parent(np.array(lineage[-1:]), sel)[0])
            if above < 0 or above in lineage:
                break
            lineage.append(above)
        parent = "systemd"
        for one in reversed(lineage):
            thread: ThreadInfo = view.threads.rows[one]
            if thread.pid in self._names:
                parent = self._names[thread.pid]
                continue
            name = f"{_PLAIN.sub('_', to_display(thread.comm)) or 'process'}-{thread.pid}"
            self._names[thread.pid] = name
            self.processes[name] = self._described(view, thread, parent, number, time)
            parent = name
        return parent

    def _described(self, view: EventView, thread: ThreadInfo, parent: str, number: int, time: int) -> dict[str, Any]:
        out: dict[str, Any] = {"pid": thread.pid}
        if parent != "systemd":
            out["parent"] = parent
        out.update(_program(thread))
        out.pop("flags", None)
        for key in ("exe_writable", "exe_upper_layer", "exe_from_memfd"):
            if getattr(thread, key):
                out[key] = "true"
        if thread.cwd not in ("", "/"):
            out["cwd"] = to_display(thread.cwd)
        if _ID.fullmatch(thread.container_id):
            info = view.inspector.containers.at(thread.container_id, number)
            out["container"] = self._unknown(thread.container_id) if info is None or not info.image else self._container(info)
            out["vpid"] = thread.vpid
        for key, number_of in (("user", thread.uid), ("loginuid", thread.loginuid)):
            if number_of not in (0, _NO_ID) or (key == "loginuid" and number_of == 0):
                out[key] = self._user(view, number_of, thread.container_id)
        if thread.gid not in (thread.uid, _NO_ID):
            out["group"] = self._group(view, thread.gid, thread.container_id)
        if thread.cap_permitted:
            out["capabilities"] = hex(thread.cap_permitted)
        if thread.clone_ts and thread.clone_ts < time:
            out["started"] = f"{time - thread.clone_ts}ns"
        return out

    def _user(self, view: EventView, uid: int, container: str) -> str:
        found = view.users.user(uid, container) or view.users.user(uid)
        name = to_display(found.name) if found is not None else ""
        if found is None or not name or name.isdigit() or name == "<NA>":
            return str(uid)
        if name != "root":
            self.users[name] = {"uid": uid, "gid": found.gid, "home": to_display(found.home), "shell": to_display(found.shell)}
        return name

    def _group(self, view: EventView, gid: int, container: str) -> str:
        found = view.users.group(gid, container) or view.users.group(gid)
        name = to_display(found.name) if found is not None else ""
        if not name or name.isdigit() or name == "<NA>":
            return str(gid)
        if name != "root":
            self.groups[name] = gid
        return name

    def _unknown(self, container: str) -> str:
        """A container of which the trace knows the id alone."""
        self.containers[container] = {"id": container, "metadata": "false"}
        return container

    def _container(self, info: ContainerInfo) -> str:
        name = to_display(info.name) or info.id
        out: dict[str, Any] = {"id": info.full_id or info.id}
        image = to_display(info.image) or to_display(info.imagerepo)
        if image:
            out["image"] = image
        if info.privileged:
            out["privileged"] = "true"
        if info.ip:
            out["ip"] = info.ip
        k8s = {_KUBERNETES[key]: to_display(value) for key, value in info.labels.items() if key in _KUBERNETES}
        labels = {to_display(k): to_display(v) for k, v in info.labels.items() if k not in _KUBERNETES}
        for key, value in (("k8s", k8s), ("labels", labels)):
            if value:
                out[key] = value
        if info.mounts:
            out["mounts"] = [f"{to_display(mount.source)}:{to_display(mount.dest)}" for mount in info.mounts]
        self.containers[name] = out
        return name


def _program(thread: ThreadInfo) -> dict[str, Any]:
    """What a process runs."""
    path = thread.exepath or thread.exe
    out: dict[str, Any] = {"exe": to_display(path)}
    if thread.exe != path:
        out["argv0"] = to_display(thread.exe)
    if thread.args:
        out["args"] = [to_display(arg) for arg in thread.args]
    if thread.comm != path.rpartition("/")[2][:15]:
        out["comm"] = to_display(thread.comm)
    if thread.env:
        out["env"] = [to_display(entry) for entry in thread.env]
    if thread.tty:
        out["tty"] = thread.tty
    flags = [
        name
        for name, on in (
            ("EXE_WRITABLE", thread.exe_writable), ("EXE_UPPER_LAYER", thread.exe_upper_layer),
            ("EXE_FROM_MEMFD", thread.exe_from_memfd),
        )
        if on
    ]  # fmt: skip
    if flags:
        out["flags"] = "|".join(flags)
    return out


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
