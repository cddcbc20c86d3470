"""Containers: the table of what is known about each (docs/reference/state-model.md 7).

Ids come from cgroups alone (cgroups.py). Names, images and the rest come from container events in the stream.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from pysysdig.events._flag_tables import CONTAINER_TYPES
from pysysdig.events.table import OLD
from pysysdig.events.text import decoded, from_json
from pysysdig.state.cgroups import CT_DOCKER, RKT_ROOTS, Match, match_container

if TYPE_CHECKING:
    from pysysdig.state.pods import PodTable

TYPE_NAMES = dict(CONTAINER_TYPES)
CT_UNKNOWN = 0xFFFF
CONTAINER, CONTAINER_REMOVED = "container", "container_removed"  # names of asynchronous events
RESOURCE = "k8s"  # of those that tell of pods (state/pods.py)

MAX_JSON = 1 << 20
MAX_CONTAINERS = 1 << 16


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


def read_json(text: str) -> dict[str, Any]:
    """The object in the JSON (byte text) that an event has; empty if there is none, or it is too long."""
    import json  # start-up time

    if len(text) > MAX_JSON:
        return {}
    try:
        root = json.loads(decoded(text))
    except (ValueError, RecursionError):
        return {}
    return root if isinstance(root, dict) else {}


def text_of(value: Any) -> str:
    """Byte text of a string in it, "" for anything else."""
    return from_json(value) if isinstance(value, str) else ""


def _labels(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {from_json(k): from_json(v if isinstance(v, str) else str(v)) for k, v in sorted(value.items())}


def _mount(given: dict[str, Any]) -> Mount:
    source, dest, mode, propagation = (text_of(given.get(key)) for key in ("Source", "Destination", "Mode", "Propagation"))
    return Mount(source, dest, mode, given.get("RW") is True, propagation)


def parse_container(text: str) -> ContainerInfo | None:
    """The container described by the JSON (byte text) of a container event; None if it is not understood.

    Members of a wrong type are taken as absent.
    """
    body = read_json(text.rstrip("\0")).get("container")
    if not isinstance(body, dict):
        return None
    info = ContainerInfo("")
    for key, attribute in _TEXTS.items():
        setattr(info, attribute, text_of(body.get(key)))
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
            info.probes[probe] = (from_json(given["exe"]), tuple(map(text_of, args)) if isinstance(args, list) else ())
    return info


class ContainerTable:
    """The containers of a stream, with their versions: what was known at which event number.

    live: the stream was recorded on the running machine by pysysdig itself, podman's containers are recognised in it
    probing: a container with health probes has been told of
    everyone: the container that all processes are in, whatever their cgroups; "" = there is none
    """

    def __init__(self, generation: str, live: bool = False, everyone: str = "") -> None:
        self.generation = generation
        self._live = live
        self._everyone = everyone
        self.probing = False
        self._nums: dict[str, list[int]] = {}
        self._infos: dict[str, list[ContainerInfo]] = {}
        self._memo: dict[tuple[Any, ...], Match | None] = {}

    def __len__(self) -> int:
        return len(self._infos)

    @cached_property
    def pods(self) -> PodTable:
        """What is known of pods; most streams tell of none."""
        from pysysdig.state.pods import PodTable

        return PodTable()

    def assign(self, cgroups: Sequence[str], num: int, root: str = "", env: Sequence[str] = ()) -> str:
        """The container id for a process with these cgroups, "" for the host; adds what the id alone tells.

        num: number of the event at which the process got there (0 = before the first).
        """
        if self._everyone:
            return self._everyone
        if not cgroups and not root:
            return ""
        special = self.generation == OLD and (root.startswith(RKT_ROOTS) or any("/mesos/" in c for c in cgroups))
        key = (tuple(cgroups), root, tuple(env)) if special else (tuple(cgroups),)
        try:
            match = self._memo[key]
        except KeyError:
            if len(self._memo) >= MAX_CONTAINERS:
                self._memo.clear()
            match = match_container(cgroups, self.generation, root if special else "", env if special else (), self._live)
            self._memo[key] = match
        if match is None or (match.told and match.id not in self._infos):
            return ""
        # docker's cgroups look like those of others: on the running machine the engine that knows the container says whose it is
        if match.known and match.id not in self._infos and not (self._live and match.type == CT_DOCKER):
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
        self.probing |= bool(info.probes)
        if info.id not in self._infos and len(self._infos) >= MAX_CONTAINERS:
            oldest = next(iter(self._infos))
            del self._infos[oldest], self._nums[oldest]
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
