"""Container ids from the cgroup paths of processes (docs/reference/state-model.md 7); for some the id is also the name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pysysdig.events.table import CURRENT, OLD

CT_DOCKER, CT_LXC, CT_LIBVIRT_LXC, CT_MESOS, CT_RKT, CT_CUSTOM, CT_CRI, CT_CONTAINERD, CT_CRIO, CT_BPM = range(10)
CT_STATIC, CT_PODMAN = 10, 11

FULL_ID = 64
SHORT_ID = 12

DOCKER = (("/", ""), ("/docker-", ".scope"))
CRI = (("/", ""), ("/crio-", ""), ("/cri-containerd-", ".scope"), ("/crio-", ".scope"), (":cri-containerd:", ""))
CRI_CURRENT = (*CRI, ("/docker-", ".scope"), ("/nerdctl-", ".scope"))
PODMAN = tuple((f"/libpod-{kind}", end) for kind in ("", "payload-") for end in (".scope", ".scope/container", ""))

_HEX = re.compile(r"[0-9a-fA-F]*")
_NAMESPACE = re.compile(r"/[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*/")
_BPM = r"[A-Za-z0-9._-]+"  # seldom seen: compiled when they are
_MESOS = r"[0-9a-fA-F-]{36}"
_MESOS_TASKS = ("MESOS_TASK_ID=", "mesos_task_id=", "MESOS_EXECUTOR_ID=")
_POD_UUID = "container_uuid="
RKT_ROOTS = ("/opt/stage2/", "/var/lib/rkt/pods/run/")


class Match(NamedTuple):
    """What a process's cgroups say: the container's id, CT_* type, and its name if the engine gives one.

    known: whether seeing the id is enough for the container to have an entry in the table; told: it counts only
    where an engine has told of the container.
    """

    id: str
    type: int
    name: str = ""
    known: bool = True
    told: bool = False


def split_cgroup(item: str, generation: str) -> tuple[str, str]:
    """`subsystem=path` -> (subsystem in its usual spelling, path); OLD splits at the last `=`, CURRENT at the first."""
    subsystem, _, path = item.rpartition("=") if generation == OLD else item.partition("=")
    subsystem = subsystem.replace("_cgroup", "", 1)
    return {"perf": "perf_event", "mem": "memory", "io": "blkio"}.get(subsystem, subsystem), path


def _hashed(path: str, layouts: Iterable[tuple[str, str]]) -> str:
    """The short id if the path ends in prefix + 64 hex digits + suffix for one of the layouts, else ""."""
    for prefix, suffix in layouts:
        start = path.rfind(prefix)
        if start < 0:
            continue
        start += len(prefix)
        end = path.rfind(suffix)
        if end < 0 or end - start != FULL_ID:
            continue
        # the reference compares the place of the first other character with the id's length, not with its end
        stop = _HEX.match(path, start).end()  # type: ignore[union-attr]
        if stop < len(path) and stop < FULL_ID:
            continue
        return path[start : start + SHORT_ID]
    return ""


def _containerd(path: str) -> str:
    """The id in `/namespace/id`, cut to 12 characters; "" if the path is not of that kind."""
    found = _NAMESPACE.search(path)
    if not found:
        return ""
    ident = path[path.rfind(found[0]) + len(found[0]) :]
    if len(ident) == FULL_ID and _HEX.fullmatch(ident):
        return ident[:SHORT_ID]
    if not 0 < len(ident) <= FULL_ID or path.endswith((".service", ".slice", ".scope")):
        return ""
    return ident[:SHORT_ID]


def _lxc(path: str, generation: str) -> str:
    markers = ("/lxc/", "/lxc.payload/") if generation == OLD else ("/lxc/", "/lxc.payload/", "/lxc.payload.")
    for marker in markers:
        at = path.find(marker)
        if at >= 0:
            return path[at + len(marker) :].partition("/")[0]
    return ""


def _libvirt_lxc(path: str) -> str:
    if path.endswith(".libvirt-lxc") and "/" in path:
        return path[path.rfind("/") + 1 : -len(".libvirt-lxc")]
    at = path.find("-lxc\\x2")
    if at >= 0 and path.endswith(".scope"):
        return path[at + len("-lxc\\x2d") : -len(".scope")]
    at = path.find("/libvirt/lxc/")
    return path[at + len("/libvirt/lxc/") :] if at >= 0 else ""


def _bpm(path: str) -> str:
    at = path.find("bpm-")
    if at < 0:
        return ""
    ident = path[at + len("bpm-") :].partition(".scope")[0]
    return ident if re.fullmatch(_BPM, ident) else ""


def _mesos(path: str) -> str:
    at = path.find("/mesos/")
    ident = path[at + len("/mesos/") :] if at >= 0 else ""
    return ident if re.fullmatch(_MESOS, ident) else ""


def _rkt(root: str, env: Sequence[str]) -> Match | None:
    """rkt pods by the root directory of the process."""
    if root.startswith("/opt/stage2/") and "/rootfs" in root:
        app = root[len("/opt/stage2/") : root.find("/rootfs")]
        for item in env:
            if item.startswith(_POD_UUID):
                return Match(f"{item[len(_POD_UUID) :]}:{app}", CT_RKT, app, known=False)
        return None
    start, middle = "/var/lib/rkt/pods/run/", "/stage1/rootfs/opt/stage2/"
    if root.startswith(start):
        at = root.find(middle, len(start))
        end = root.find("/rootfs", at + len(middle)) if at >= 0 else -1
        if end >= 0:
            app = root[at + len(middle) : end]
            return Match(f"{root[len(start) : at]}:{app}", CT_RKT, app, known=False)
    return None


def _match_old(paths: list[str], root: str, env: Sequence[str]) -> Match | None:
    """Engine by engine, podman apart: the reference looks for it only where its socket exists."""
    for path in paths:
        ident = _hashed(path, DOCKER)
        if ident:
            return Match(ident, CT_DOCKER)
    unnamed = ""
    for path in paths:
        unnamed = _hashed(path, CRI)
        if unnamed:
            break
    for path in paths:
        ident = _lxc(path, OLD)
        if ident:
            return Match(ident, CT_LXC, ident)
    for path in paths:
        ident = _libvirt_lxc(path)
        if ident:
            return Match(ident, CT_LIBVIRT_LXC, ident)
    for path in paths:
        ident = _mesos(path)
        if ident:
            if any(item.startswith(_MESOS_TASKS) for item in env):
                return Match(ident, CT_MESOS, ident)
            break
    rkt = _rkt(root, env)
    if rkt:
        return rkt
    for path in paths:
        ident = _bpm(path)
        if ident:
            return Match(ident, CT_BPM, ident)
    return Match(unnamed, CT_CRI, known=False) if unnamed else None


def _match_current(paths: list[str], generation: str) -> Match | None:
    """Cgroup by cgroup, each against all engines."""
    for path in paths:
        for layouts, type_ in ((PODMAN, CT_PODMAN), (DOCKER, CT_DOCKER), (CRI_CURRENT, CT_CRI)):
            ident = _hashed(path, layouts)
            if ident:
                return Match(ident, type_, known=False)
        ident = _containerd(path)
        if ident:
            return Match(ident, CT_CONTAINERD, known=False)
        for ident, type_ in ((_lxc(path, generation), CT_LXC), (_libvirt_lxc(path), CT_LIBVIRT_LXC), (_bpm(path), CT_BPM)):
            if ident:
                return Match(ident, type_, ident)
    return None


def _podman(paths: list[str]) -> Match | None:
    for path in paths:
        ident = _hashed(path, PODMAN)
        if ident:
            return Match(ident, CT_PODMAN)
    return None


def _later(paths: list[str]) -> Match | None:
    """Layouts that the older generation does not know. containerd's own looks like any two folders."""
    for path in paths:
        ident = _lxc(path, CURRENT)
        if ident:
            return Match(ident, CT_LXC, ident)
    idents = filter(None, map(_containerd, paths))
    return next((Match(ident, CT_CONTAINERD, known=False, told=True) for ident in idents), None)


def match_container(
    cgroups: Sequence[str], generation: str, root: str = "", env: Sequence[str] = (), live: bool = False
) -> Match | None:
    """The container a process is in, None if it is not in one.

    cgroups: `subsystem=path` items; root, env: the process's root directory and environment (rkt, mesos; OLD only);
    live: podman, newer versions of lxc and containerd's own namespaces too, in both generations.
    """
    paths = list(dict.fromkeys(split_cgroup(item, generation)[1] for item in cgroups))  # often the same for all controllers
    if generation == OLD:
        found = (_podman(paths) if live else None) or _match_old(paths, root, env)
        return _later(paths) if live and found is None else found
    return _match_current(paths, generation)
