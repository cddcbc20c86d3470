"""Containers: ids from cgroup paths, and the table of what is known about each (docs/reference/state-model.md 7).

Ids come from cgroups alone. Names, images and the rest come from container events in the stream; for some engines the
id is also the name.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from pysysdig.events._flag_tables import CONTAINER_TYPES
from pysysdig.events.table import OLD
from pysysdig.events.text import from_user

TYPE_NAMES = dict(CONTAINER_TYPES)
CT_DOCKER, CT_LXC, CT_LIBVIRT_LXC, CT_MESOS, CT_RKT, CT_CUSTOM, CT_CRI, CT_CONTAINERD, CT_CRIO, CT_BPM = range(10)
CT_PODMAN = 11
CT_UNKNOWN = 0xFFFF

FULL_ID = 64
SHORT_ID = 12
MAX_JSON = 1 << 20
MAX_CONTAINERS = 1 << 16

DOCKER = (("/", ""), ("/docker-", ".scope"))
CRI = (("/", ""), ("/crio-", ""), ("/cri-containerd-", ".scope"), ("/crio-", ".scope"), (":cri-containerd:", ""))
CRI_CURRENT = (*CRI, ("/docker-", ".scope"), ("/nerdctl-", ".scope"))
PODMAN = tuple((f"/libpod-{kind}", end) for kind in ("", "payload-") for end in (".scope", ".scope/container", ""))

_HEX = re.compile(r"[0-9a-fA-F]*")
_NAMESPACE = re.compile(r"/[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*/")
_BPM = re.compile(r"[A-Za-z0-9._-]+")
_MESOS = re.compile(r"[0-9a-fA-F-]{36}")
_MESOS_TASKS = ("MESOS_TASK_ID=", "mesos_task_id=", "MESOS_EXECUTOR_ID=")
_POD_UUID = "container_uuid="
_RKT_ROOTS = ("/opt/stage2/", "/var/lib/rkt/pods/run/")


class Match(NamedTuple):
    """What a process's cgroups say: the container's id, CT_* type, and its name if the engine gives one.

    known: whether seeing the id is enough for the container to have an entry in the table.
    """

    id: str
    type: int
    name: str = ""
    known: bool = True


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
    return ident if _BPM.fullmatch(ident) else ""


def _mesos(path: str) -> str:
    at = path.find("/mesos/")
    ident = path[at + len("/mesos/") :] if at >= 0 else ""
    return ident if _MESOS.fullmatch(ident) else ""


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


def match_container(
    cgroups: Sequence[str], generation: str, root: str = "", env: Sequence[str] = (), live: bool = False
) -> Match | None:
    """The container a process is in, None if it is not in one.

    cgroups: `subsystem=path` items; root, env: the process's root directory and environment (rkt, mesos; OLD only);
    live: podman too, in both generations.
    """
    paths = [split_cgroup(item, generation)[1] for item in cgroups]
    if generation == OLD:
        return (_podman(paths) if live else None) or _match_old(paths, root, env)
    return _match_current(paths, generation)


class Mount(NamedTuple):
    """One mount of a container."""

    source: str
    dest: str
    mode: str
    rdwr: bool
    propagation: str

    @property
    def text(self) -> str:
        """source:dest:mode:rdwr:propagation."""
        return f"{self.source}:{self.dest}:{self.mode}:{'true' if self.rdwr else 'false'}:{self.propagation}"


_TEXTS = {
    "id": "id", "full_id": "full_id", "name": "name", "image": "image", "imageid": "imageid", "imagerepo": "imagerepo",
    "imagetag": "imagetag", "imagedigest": "imagedigest", "ip": "ip", "cni_json": "cni_json", "pod_sandbox_id": "pod_sandbox_id",
    "User": "user",
}  # fmt: skip
_FLAGS = ("privileged", "is_pod_sandbox", "host_pid", "host_network", "host_ipc")
PROBES = ("Healthcheck", "LivenessProbe", "ReadinessProbe")


class ContainerInfo:
    """What is known about one container; "" = unknown. All strings are byte text.

    type    CT_*; labels, pod_sandbox_labels: dicts; mounts: tuple of Mount
    probes  name in PROBES -> (exe, args tuple)
    failed  the recorder could not get the metadata
    """

    __slots__ = (
        "cni_json", "failed", "full_id", "host_ipc", "host_network", "host_pid", "id", "image", "imagedigest", "imageid",
        "imagerepo", "imagetag", "ip", "is_pod_sandbox", "labels", "mounts", "name", "pod_sandbox_id", "pod_sandbox_labels",
        "privileged", "probes", "type", "user",
    )  # fmt: skip

    def __init__(self, id_: str, type_: int = CT_UNKNOWN, name: str = "") -> None:
        self.id = id_
        self.type = type_
        self.name = name
        self.full_id = self.image = self.imageid = self.imagerepo = self.imagetag = self.imagedigest = ""
        self.ip = self.cni_json = self.pod_sandbox_id = self.user = ""
        self.privileged = self.is_pod_sandbox = self.host_pid = self.host_network = self.host_ipc = self.failed = False
        self.labels: dict[str, str] = {}
        self.pod_sandbox_labels: dict[str, str] = {}
        self.mounts: tuple[Mount, ...] = ()
        self.probes: dict[str, tuple[str, tuple[str, ...]]] = {}

    @property
    def type_name(self) -> str:
        """docker, lxc, ...; "" for numbers without a name."""
        return TYPE_NAMES.get(self.type, "")


def _text(value: Any) -> str:
    return from_user(value) if isinstance(value, str) else ""


def _labels(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {from_user(k): _text(v) if isinstance(v, str) else str(v) for k, v in sorted(value.items())}


def _mount(given: dict[str, Any]) -> Mount:
    source, dest, mode, propagation = (_text(given.get(key)) for key in ("Source", "Destination", "Mode", "Propagation"))
    return Mount(source, dest, mode, given.get("RW") is True, propagation)


def parse_container(text: str) -> ContainerInfo | None:
    """The container described by the JSON (byte text) of a container event; None if it is not understood.

    Members of a wrong type are taken as absent.
    """
    import json

    if len(text) > MAX_JSON:
        return None
    try:
        root = json.loads(text.rstrip("\0").encode("latin-1").decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return None
    body = root.get("container") if isinstance(root, dict) else None
    if not isinstance(body, dict):
        return None
    info = ContainerInfo("")
    for key, attribute in _TEXTS.items():
        setattr(info, attribute, _text(body.get(key)))
    for key in _FLAGS:
        setattr(info, key, body.get(key) is True)
    if isinstance(body.get("type"), int):
        info.type = body["type"]
    if "User" not in body:
        info.user = "<NA>"
    info.failed = body.get("lookup_state") in (0, 2)
    info.labels = _labels(body.get("labels"))
    info.pod_sandbox_labels = _labels(body.get("pod_sandbox_labels"))
    mounts = body.get("Mounts")
    if isinstance(mounts, list):
        info.mounts = tuple(_mount(m) for m in mounts if isinstance(m, dict))
    for probe in PROBES:
        given = body.get(probe)
        if isinstance(given, dict) and isinstance(given.get("exe"), str):
            args = given.get("args")
            info.probes[probe] = (from_user(given["exe"]), tuple(map(_text, args)) if isinstance(args, list) else ())
    return info


class ContainerTable:
    """The containers of a stream, with their versions: what was known at which event number.

    live: the stream was recorded on the running machine by pysysdig itself, podman's containers are recognised in it
    """

    def __init__(self, generation: str, live: bool = False) -> None:
        self.generation = generation
        self._live = live
        self._nums: dict[str, list[int]] = {}
        self._infos: dict[str, list[ContainerInfo]] = {}
        self._memo: dict[tuple[Any, ...], Match | None] = {}

    def __len__(self) -> int:
        return len(self._infos)

    def assign(self, cgroups: Sequence[str], num: int, root: str = "", env: Sequence[str] = ()) -> str:
        """The container id for a process with these cgroups, "" for the host; adds what the id alone tells.

        num: number of the event at which the process got there (0 = before the first).
        """
        if not cgroups and not root:
            return ""
        special = self.generation == OLD and (root.startswith(_RKT_ROOTS) or any("/mesos/" in c for c in cgroups))
        key = (tuple(cgroups), root, tuple(env)) if special else (tuple(cgroups),)
        try:
            match = self._memo[key]
        except KeyError:
            if len(self._memo) >= MAX_CONTAINERS:
                self._memo.clear()
            match = match_container(cgroups, self.generation, root if special else "", env if special else (), self._live)
            self._memo[key] = match
        if match is None:
            return ""
        if match.known and match.id not in self._infos:
            self._add(ContainerInfo(match.id, match.type, match.name), num)
        return match.id

    def update(self, text: str, num: int) -> ContainerInfo | None:
        """Take the JSON (byte text) of container event number `num`; returns the container, None if not understood."""
        info = parse_container(text)
        if info is not None:
            self._add(info, num)
        return info

    def update_plain(self, id_: str, type_: int, name: str, image: str, num: int) -> None:
        """Take a container event of the oldest kind, four plain parameters."""
        info = ContainerInfo(id_, type_, name)
        info.image = image
        self._add(info, num)

    def _add(self, info: ContainerInfo, num: int) -> None:
        if info.id not in self._infos and len(self._infos) >= MAX_CONTAINERS:
            return
        nums = self._nums.setdefault(info.id, [])
        infos = self._infos.setdefault(info.id, [])
        if nums and nums[-1] >= num:
            infos[-1] = info
        else:
            nums.append(num)
            infos.append(info)

    def at(self, id_: str, num: int) -> ContainerInfo | None:
        """What was known of a container when event `num` was looked at (its own changes included)."""
        nums = self._nums.get(id_)
        if not nums:
            return None
        i = bisect_right(nums, num) - 1
        return self._infos[id_][i] if i >= 0 else None

    def changes(self, id_: str) -> list[int]:
        """The event numbers at which the knowledge of a container changed, ascending."""
        return self._nums.get(id_, [])

    def all_at(self, num: int) -> list[ContainerInfo]:
        """All containers known at event `num`."""
        found = (self.at(id_, num) for id_ in self._infos)
        return [info for info in found if info is not None]
