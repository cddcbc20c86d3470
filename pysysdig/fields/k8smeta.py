"""k8smeta.*: the pod that an event's thread is in, and what the pod belongs to, as a collector told (`state/pods.py`).

What has which values: Falco's plugin k8smeta 0.4.1. Labels come in the order of their names, there in that of a hash table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.events.arrays import Sel, unique_first
from pysysdig.events.column import Column, DictColumn, Dictionary
from pysysdig.fields.lineage import thread_rows
from pysysdig.fields.registry import FieldRef, field
from pysysdig.state.levels import THREAD
from pysysdig.state.pods import (
    DEPLOYMENT,
    NAMESPACE,
    POD,
    REPLICA_SET,
    REPLICATION_CONTROLLER,
    SERVICE,
    PodTable,
    Resource,
    pod_uid,
)
from pysysdig.state.table import RowAttribute
from pysysdig.state.threads import ThreadInfo

if TYPE_CHECKING:
    from pysysdig.state.view import EventView


class _Pod:
    """A pod at one event, and how to find what it refers to."""

    def __init__(self, table: PodTable, uid: str, known: Resource, num: int) -> None:
        self.uid, self.known = uid, known
        self._table, self._num = table, num

    def uids(self, kind: str) -> tuple[str, ...]:
        """Of the resources of a kind that it refers to."""
        return self.known.refs.get(kind, ())

    def first(self, kind: str) -> Resource | None:
        """The first of these; None: there is none, or it is not known."""
        return next((self._table.at(kind, uid, self._num) for uid in self.uids(kind)), None)

    def all(self, kind: str) -> Iterator[Resource]:
        """Those that are known."""
        for uid in self.uids(kind):
            found = self._table.at(kind, uid, self._num)
            if found is not None:
                yield found


Value = Callable[[_Pod, str], Any]  # of a pod and the field's argument: byte text, a tuple of it, or None


def _in_pod(t: ThreadInfo) -> str | None:
    return pod_uid(t.cgroups)


_UID: RowAttribute[ThreadInfo] = RowAttribute(_in_pod, reads=("cgroups",))


def _values(view: EventView, sel: Sel, value: Value, arg: str) -> Column:
    """value(pod, arg) of each event; worked out once for a pod between two pieces of news."""
    uids: DictColumn = view.threads.text(thread_rows(view, sel), _UID)
    d = Dictionary()
    out = np.full(len(sel), -1, np.int32)
    inside = np.flatnonzero(uids.codes >= 0)
    table = view.inspector.containers.pods
    if len(inside) and len(table):
        nums = view.batch.num_of(sel[inside])
        epochs = np.searchsorted(np.array(table.changes, np.int64), nums, side="right")
        pairs = uids.codes[inside] * np.int64(len(table.changes) + 1) + epochs
        different, first = unique_first(pairs)
        values = []
        for code, num in zip(uids.codes[inside[first]].tolist(), nums[first].tolist()):
            uid = uids.dictionary.values[code]
            pod = table.at(POD, uid, num)
            values.append(None if pod is None else value(_Pod(table, uid, pod, num), arg))
        out[inside] = d.codes(values).take(np.searchsorted(different, pairs))
    return DictColumn(out, d)


def _pairs(resource: Resource) -> tuple[str, ...] | None:
    return tuple(f"{k}:{v}" for k, v in resource.labels.items()) or None


def _of_pod() -> dict[str, Value]:
    return {
        "name": lambda pod, _: pod.known.name,
        "uid": lambda pod, _: pod.uid,
        "label": lambda pod, arg: pod.known.labels.get(arg),
        "labels": lambda pod, _: _pairs(pod.known),
        "ip": lambda pod, _: pod.known.ip or None,
    }


def _of_first(kind: str) -> dict[str, Value]:
    def of(value: Callable[[Resource, str], Any]) -> Value:
        def get(pod: _Pod, arg: str) -> Any:
            found = pod.first(kind)
            return None if found is None else value(found, arg)

        return get

    return {
        "name": of(lambda found, _: found.name),
        "uid": lambda pod, _: next(iter(pod.uids(kind)), None),
        "label": of(lambda found, arg: found.labels.get(arg)),
        "labels": of(lambda found, _: _pairs(found)),
    }


def _of_services() -> dict[str, Value]:
    return {
        "name": lambda pod, _: tuple(found.name for found in pod.all(SERVICE)) or None,
        "uid": lambda pod, _: pod.uids(SERVICE) or None,
        "label": lambda pod, arg: tuple(found.labels[arg] for found in pod.all(SERVICE) if arg in found.labels) or None,
        "labels": lambda pod, _: tuple(pair for found in pod.all(SERVICE) for pair in _pairs(found) or ()) or None,
    }


def _attach() -> None:
    classes = {"pod": _of_pod(), "svc": _of_services()}
    kinds = {"ns": NAMESPACE, "deployment": DEPLOYMENT, "rs": REPLICA_SET, "rc": REPLICATION_CONTROLLER}
    classes |= {short: _of_first(kind) for short, kind in kinds.items()}
    classes["ns"]["name"] = lambda pod, _: pod.known.namespace or None  # the pod says so
    for name, value in ((f"{short}.{name}", value) for short, values in classes.items() for name, value in values.items()):

        def get(view: EventView, sel: Sel, ref: FieldRef, value: Value = value) -> Column:
            return _values(view, sel, value, str(ref.arg))

        field(f"k8smeta.{name}", THREAD)(get)


_attach()
