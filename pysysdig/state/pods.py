"""Pods and what they belong to, as a collector tells: events named `k8s`, as Falco's plugin k8smeta makes and reads them.

A process is in the pod whose UID is in its cgroups.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, NamedTuple

from pysysdig.state.containers import read_json, text_of

POD, NAMESPACE, DEPLOYMENT, SERVICE = "Pod", "Namespace", "Deployment", "Service"
REPLICA_SET, REPLICATION_CONTROLLER = "ReplicaSet", "ReplicationController"
KINDS = (POD, NAMESPACE, DEPLOYMENT, SERVICE, REPLICA_SET, REPLICATION_CONTROLLER)
CREATE, UPDATE, DELETE = "Create", "Update", "Delete"

MAX_ITEMS = 512  # labels of a resource, resources that it refers to
MAX_RESOURCES = 1 << 16  # the oldest beyond these are forgotten
_MAX_VERSIONS = 32
_MAX_CHANGES = 1 << 16
_UID = r"pod([a-z0-9]{8}(?:[-_][a-z0-9]{4}){3}[-_][a-z0-9]{12})"  # compiled when it is first wanted


class Resource(NamedTuple):
    """What is known of one; all strings are byte text, "" = unknown. refs: kind -> UIDs."""

    name: str
    namespace: str
    ip: str
    labels: dict[str, str]
    refs: dict[str, tuple[str, ...]]


def pod_uid(cgroups: Iterable[str]) -> str | None:
    """The UID of the pod that a process with these cgroups is in; None: in none."""
    for item in cgroups:
        found = re.search(_UID, item)
        if found:
            return found[1].replace("_", "-")
    return None


class PodTable:
    """Resources by kind and UID, with their versions: what was known at which event number.

    changes   event numbers at which anything changed, ascending; the latest of them
    """

    def __init__(self) -> None:
        self.changes: list[int] = []
        self._versions: dict[tuple[str, str], tuple[list[int], list[Resource | None]]] = {}

    def __len__(self) -> int:
        return len(self._versions)

    def update(self, text: str, num: int) -> None:
        """Take the JSON (byte text) of event number `num`; what makes no sense is left out."""
        told = _read(text)
        if told is None:
            return
        key, resource = told
        if key not in self._versions and len(self._versions) >= MAX_RESOURCES:
            del self._versions[next(iter(self._versions))]
        nums, resources = self._versions.setdefault(key, ([], []))
        if len(nums) >= _MAX_VERSIONS:
            del nums[: _MAX_VERSIONS // 2], resources[: _MAX_VERSIONS // 2]
        nums.append(num)
        resources.append(resource)
        if len(self.changes) >= _MAX_CHANGES:
            del self.changes[: _MAX_CHANGES // 2]
        self.changes.append(num)

    def at(self, kind: str, uid: str, num: int) -> Resource | None:
        """What was known of a resource when event `num` was looked at (its own changes included); None: nothing, it is gone."""
        found = self._versions.get((kind, uid))
        if found is None:
            return None
        i = bisect_right(found[0], num) - 1
        return found[1][i] if i >= 0 else None


def _read(text: str) -> tuple[tuple[str, str], Resource | None] | None:
    """Kind and UID, and what is said of the resource (None: it is gone); None if the text is not understood."""
    root = read_json(text)
    kind, uid, reason = root.get("kind"), text_of(root.get("uid")), root.get("reason")
    if kind not in KINDS or not uid or reason not in (CREATE, UPDATE, DELETE):
        return None
    if reason == DELETE:
        return (kind, uid), None
    meta, status = read_json(text_of(root.get("meta"))), read_json(text_of(root.get("status")))
    labels = list(_object(meta.get("labels")).items())[:MAX_ITEMS]
    refs = {}
    for other, given in _object(_object(root.get("refs")).get("resources")).items():
        uids = _object(given).get("list")
        if other in KINDS and isinstance(uids, list):
            refs[other] = tuple(filter(None, map(text_of, uids[:MAX_ITEMS])))
    return (kind, uid), Resource(
        text_of(meta.get("name")),
        text_of(meta.get("namespace")),
        text_of(status.get("podIP")),
        {text_of(k): text_of(v) for k, v in sorted(labels) if isinstance(v, str)},
        refs,
    )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
