"""The machine of a synthetic test, from what a trace knows of it: processes with their ancestors, accounts, containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.events.text import to_display
from pysysdig.workbench.container import KUBERNETES

if TYPE_CHECKING:
    from pysysdig.state.containers import ContainerInfo
    from pysysdig.state.threads import ThreadInfo
    from pysysdig.state.view import EventView

_ANCESTORS = 12
_KUBERNETES = {label: short for short, label in KUBERNETES.items()}
_NO_ID = 0xFFFFFFFF
_ID = re.compile(r"[0-9a-f]{12,64}")  # other ones cannot be described
_PLAIN = re.compile(r"[^A-Za-z0-9_.-]")
_FIRST = "systemd"  # the process that tests have without saying so


class Machine:
    """What is collected of it, as the test says it: accounts, containers and processes by name."""

    def __init__(self) -> None:
        self.users: dict[str, Any] = {}
        self.groups: dict[str, Any] = {}
        self.containers: dict[str, Any] = {}
        self.processes: dict[str, dict[str, Any]] = {}
        self._names: dict[int, str] = {1: _FIRST}  # of processes, by number

    def born(self, tid: int) -> str:
        """The name of a process that an event of the test starts: the machine does not have it before."""
        name = self._names.setdefault(tid, f"child-{tid}")
        self.processes.pop(name, None)
        return name

    def process(self, view: EventView, sel: Any, row: int, number: int, time: int) -> str:
        """The name of a process in the test; it and those above it are described."""
        lineage = [row]
        while len(lineage) < _ANCESTORS:
            above = int(view.parent(np.array(lineage[-1:]), sel)[0])
            if above < 0 or above in lineage:
                break
            lineage.append(above)
        parent = _FIRST
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
        if parent != _FIRST:
            out["parent"] = parent
        out.update(program_of(thread))
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


def program_of(thread: ThreadInfo) -> dict[str, Any]:
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
