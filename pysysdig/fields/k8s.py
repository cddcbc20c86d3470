"""k8s.*: the pod of an event's container, from the container's labels and its sandbox.

Fields that need a connection to the Kubernetes API (replication controllers, services, deployments...) have no function:
they are known and never have a value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pysysdig.events.arrays import Sel
from pysysdig.events.column import Column
from pysysdig.events.table import OLD
from pysysdig.fields.container import container_values, labels_text
from pysysdig.fields.registry import FieldRef, field
from pysysdig.state.cgroups import SHORT_ID
from pysysdig.state.containers import ContainerInfo
from pysysdig.state.levels import THREAD

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

NO_ADDRESS = "0.0.0.0"


def _sandbox(view: EventView, info: ContainerInfo) -> ContainerInfo | None:
    """The pod's sandbox container, asked only where the container itself lacks what the runtime tells about the pod."""
    if info.cni_json:
        return None
    found: ContainerInfo | None = view.inspector.containers.at(info.pod_sandbox_id[:SHORT_ID], 1 << 62)
    return found


def _values(view: EventView, sel: Sel, value: Callable[[ContainerInfo], Any], host: str | None = None) -> Column:
    """value(info) for containers; in OLD only for those that belong to a pod."""
    if view.generation == OLD:
        return container_values(view, sel, lambda info: value(info) if info.pod_sandbox_id else None, None)
    return container_values(view, sel, value, host)


def _attach_labels() -> None:
    for name, label in (
        ("k8s.pod.name", "io.kubernetes.pod.name"),
        ("k8s.ns.name", "io.kubernetes.pod.namespace"),
        ("k8s.pod.id", "io.kubernetes.pod.uid"),
        ("k8s.pod.uid", "io.kubernetes.pod.uid"),
    ):
        field(name, THREAD)(lambda view, sel, ref, label=label: _values(view, sel, lambda info: info.labels.get(label)))  # type: ignore[misc]


_attach_labels()


@field("k8s.pod.sandbox_id", THREAD)
def pod_sandbox_id(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The sandbox's id, 12 characters."""
    return _values(view, sel, lambda info: info.pod_sandbox_id[:SHORT_ID], "")


@field("k8s.pod.full_sandbox_id", THREAD)
def pod_full_sandbox_id(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The sandbox's id in full."""
    return _values(view, sel, lambda info: info.pod_sandbox_id, "")


@field("k8s.pod.label", THREAD)
def pod_label(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """One label of the pod; OLD prints nothing, not <NA>, for labels that it does not have."""
    name = str(ref.arg)
    absent = "" if view.generation == OLD else None

    def value(info: ContainerInfo) -> str | None:
        sandbox = _sandbox(view, info)
        if sandbox is not None and name in sandbox.pod_sandbox_labels:
            return sandbox.pod_sandbox_labels[name]
        return info.pod_sandbox_labels.get(name, absent)

    return _values(view, sel, value)


@field("k8s.pod.labels", THREAD)
def pod_labels(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """All labels of the pod."""
    return _values(view, sel, lambda info: labels_text((_sandbox(view, info) or info).pod_sandbox_labels), "")


@field("k8s.pod.ip", THREAD)
def pod_ip(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The pod's IPv4 address; OLD prints 0.0.0.0 where none is known."""

    def value(info: ContainerInfo) -> str | None:
        source = info if info.cni_json else _sandbox(view, info)
        if view.generation == OLD:
            return (source.ip if source is not None else "") or NO_ADDRESS
        return None if source is None else source.ip

    return _values(view, sel, value)


@field("k8s.pod.cni.json", THREAD)
def pod_cni_json(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The network plugin's result for the pod."""

    def value(info: ContainerInfo) -> str | None:
        if info.cni_json:
            return info.cni_json
        sandbox = _sandbox(view, info)
        if sandbox is not None:
            return sandbox.cni_json
        return "" if view.generation == OLD else None

    return _values(view, sel, value)
