"""The pod of an event's container: from its labels, and from the pod's sandbox where the container itself lacks it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields.lookup import lookup
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import THREAD

HEX, SANDBOX = "3a" * 32, "5b" * 32
LABELS = {"io.kubernetes.pod.name": "web-1", "io.kubernetes.pod.namespace": "shop", "io.kubernetes.pod.uid": "u-1"}
POD = {"pod_sandbox_id": SANDBOX, "labels": LABELS}
INNER = {"id": HEX[:12], "full_id": HEX, "type": 7, "name": "web", **POD}
OUTER = {
    "id": SANDBOX[:12], "full_id": SANDBOX, "type": 7, "name": "pause", "ip": "10.0.0.9", "cni_json": '{"a":1}',
    "pod_sandbox_labels": {"app": "shop"},
}  # fmt: skip


def value(text: str, generation: str, *told: dict[str, Any]) -> Any:
    """Of a process in the container, once all of that has been told."""
    before = snapshot(process(20, "in", cgroups=[f"cpu=/docker/{HEX}"], vtid=1, vpid=1))
    events = [event("CONTAINER_JSON_2_E", tid=-1, params=[json.dumps({"container": info})]) for info in told]
    call = event("SYSCALL_GETUID_E", tid=20) if generation == OLD else event("SYSCALL_GETUID_X", tid=20, params=[0])
    view = Inspector(before, generation, THREAD).process(batch([*events, call]))
    return lookup(text).shown(view, np.array([len(told)])).tolist()[0]


@pytest.mark.parametrize("generation", [OLD, CURRENT])
@pytest.mark.parametrize(
    ("field", "want"),
    [
        ("k8s.pod.name", "web-1"),
        ("k8s.ns.name", "shop"),
        ("k8s.pod.id", "u-1"),
        ("k8s.pod.uid", "u-1"),
        ("k8s.pod.sandbox_id", SANDBOX[:12]),
        ("k8s.pod.full_sandbox_id", SANDBOX),
    ],
)
def test_what_the_container_says(field: str, want: str, generation: str) -> None:
    assert value(field, generation, INNER) == want


@pytest.mark.parametrize("generation", [OLD, CURRENT])
@pytest.mark.parametrize(
    ("field", "want"), [("k8s.pod.ip", "10.0.0.9"), ("k8s.pod.label[app]", "shop"), ("k8s.pod.cni.json", '{"a":1}')]
)
def test_what_only_the_sandbox_says(field: str, want: str, generation: str) -> None:
    assert value(field, generation, OUTER, INNER) == want
    assert value(field, generation, INNER) != want


def test_a_container_outside_of_pods() -> None:
    """Has no pod for sysdig; the current libraries look at its labels all the same."""
    alone = {k: v for k, v in INNER.items() if k != "pod_sandbox_id"}
    assert value("k8s.pod.name", OLD, alone) is None and value("k8s.pod.name", CURRENT, alone) == "web-1"


def test_what_a_pod_does_not_have() -> None:
    assert (value("k8s.pod.ip", OLD, INNER), value("k8s.pod.label[no]", OLD, INNER)) == ("0.0.0.0", "")
    assert (value("k8s.pod.ip", CURRENT, INNER), value("k8s.pod.label[no]", CURRENT, INNER)) == (None, None)
