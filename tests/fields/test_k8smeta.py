"""k8smeta.*: from events of a collector, for threads whose cgroups have a pod's UID."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT
from pysysdig.fields.listing import listed
from pysysdig.fields.lookup import lookup
from pysysdig.fields.registry import REGISTRY
from pysysdig.filter.compiler import compile_filter
from pysysdig.scap.build import write_capture
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import THREAD
from pysysdig.state.view import EventView
from tests.conftest import Call

UID = "05869489-8c7f-45dc-9abd-1b1620787bb1"
REFS = {
    "Namespace": ["u-ns"], "Deployment": ["u-d"], "ReplicaSet": ["u-rs"], "ReplicationController": ["u-rc"],
    "Service": ["u-s1", "u-gone", "u-s2"],
}  # fmt: skip


def resource(kind: str, uid: str, meta: dict[str, Any], reason: str = "Create", **more: Any) -> Any:
    text = json.dumps({"reason": reason, "uid": uid, "kind": kind, "meta": json.dumps(meta), **more})
    return event("ASYNCEVENT_E", tid=-1, params=[0, "k8s", text.encode() + b"\0"])


POD = resource(
    "Pod", UID, {"name": "web-1", "namespace": "shop", "labels": {"app": "web", "a/b.c": "x"}},
    status=json.dumps({"podIP": "10.0.0.9"}), refs={"resources": {k: {"list": v} for k, v in REFS.items()}},
)  # fmt: skip
TOLD = [
    POD,
    resource("Namespace", "u-ns", {"name": "other", "labels": {"team": "t"}}),
    resource("Deployment", "u-d", {"name": "web"}),
    resource("ReplicaSet", "u-rs", {"name": "web-5c", "labels": {"hash": "5c"}}),
    resource("ReplicationController", "u-rc", {"name": "old", "labels": {"v": "1"}}),
    resource("Service", "u-s1", {"name": "front", "labels": {"tier": "1", "x": "y"}}),
    resource("Service", "u-s2", {"name": "back", "labels": {"tier": "2"}}),
]
CALLS = [event("SYSCALL_GETUID_X", tid=tid, params=[0]) for tid in (20, 30)]
BEFORE = snapshot(
    process(20, "in", cgroups=["cpu=/", f"cpu=/kubepods/pod{UID}/{'3a' * 32}"]), process(30, "out", cgroups=["cpu=/"])
)


def view_of(events: list[Any]) -> EventView:
    return Inspector(BEFORE, CURRENT, THREAD).process(batch(events))


@pytest.mark.parametrize(
    ("field", "want"),
    [
        ("pod.name", "web-1"),
        ("pod.uid", UID),
        ("pod.label[app]", "web"),
        ("pod.label[a/b.c]", "x"),
        ("pod.label[none]", None),
        ("pod.labels", ("a/b.c:x", "app:web")),
        ("pod.ip", "10.0.0.9"),
        ("ns.name", "shop"),  # the pod says so
        ("ns.uid", "u-ns"),
        ("ns.label[team]", "t"),
        ("ns.labels", ("team:t",)),
        ("deployment.name", "web"),
        ("deployment.uid", "u-d"),
        ("deployment.label[x]", None),
        ("deployment.labels", None),
        ("rs.name", "web-5c"),
        ("rs.uid", "u-rs"),
        ("rs.label[hash]", "5c"),
        ("rs.labels", ("hash:5c",)),
        ("rc.name", "old"),
        ("rc.uid", "u-rc"),
        ("rc.label[v]", "1"),
        ("rc.labels", ("v:1",)),
        ("svc.name", ("front", "back")),
        ("svc.uid", ("u-s1", "u-gone", "u-s2")),
        ("svc.label[tier]", ("1", "2")),
        ("svc.label[x]", ("y",)),
        ("svc.labels", ("tier:1", "x:y", "tier:2")),
    ],
)
def test_values(field: str, want: Any) -> None:
    view = view_of([*CALLS, *TOLD, *CALLS])
    at = np.array([0, 1, len(TOLD) + 2, len(TOLD) + 3])
    assert lookup(f"k8smeta.{field}", CURRENT).shown(view, at).tolist() == [None, None, want, None]


def test_all_of_them_are_listed_and_have_a_function() -> None:
    names = {f.name for f in listed()["k8smeta"]}
    assert len(names) == 25 and names == {n for n in REGISTRY if n.startswith("k8smeta.")}
    assert all(REGISTRY[n].get is not None for n in names)


def test_without_a_collector_there_is_no_value() -> None:
    view = view_of(CALLS)
    for name in listed()["k8smeta"]:
        arg = "[a]" if "ARG_REQUIRED" in name.flags else ""
        assert lookup(name.name + arg, CURRENT).shown(view, np.arange(2)).tolist() == [None, None]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("k8smeta.pod.name=web-1", [0]),
        ("k8smeta.svc.name intersects (back)", [0]),
        ("k8smeta.svc.name in (front)", []),
        ("k8smeta.pod.labels intersects (app:web)", [0]),
        ("not k8smeta.pod.name exists", [1]),
        ("k8smeta.pod.label[app] startswith w", [0]),
    ],
)
def test_filters(text: str, want: list[int]) -> None:
    view = view_of([*TOLD, *CALLS])
    at = np.array([len(TOLD), len(TOLD) + 1])
    assert (compile_filter(text, CURRENT).select(view, at) - len(TOLD)).tolist() == want


def test_what_is_told_counts_from_then_on_in_the_middle_of_a_batch() -> None:
    renamed = resource("Pod", UID, {"name": "web-2"}, "Update")
    gone = resource("Pod", UID, {}, "Delete")
    view = view_of([POD, CALLS[0], renamed, CALLS[0], gone, CALLS[0]])
    assert lookup("k8smeta.pod.name", CURRENT).shown(view, np.array([1, 3, 5])).tolist() == ["web-1", "web-2", None]


def test_what_was_deleted_while_nobody_was_told_is_no_longer_referred_to() -> None:
    """After a reconnect a collector tells of all that there is; of what is gone it says nothing any more."""
    refs = {"resources": {"Namespace": {"list": ["u-ns"]}, "Service": {"list": ["u-s2"]}}}
    again = [resource("Pod", UID, {"name": "web-1", "namespace": "shop"}, refs=refs), TOLD[1], TOLD[6]]
    view = view_of([*TOLD, *again, CALLS[0]])
    at = np.array([len(TOLD) + len(again)])
    for field, want in (("svc.name", ("back",)), ("svc.uid", ("u-s2",)), ("deployment.name", None), ("pod.labels", None)):
        assert lookup(f"k8smeta.{field}", CURRENT).shown(view, at).tolist() == [want]


@pytest.mark.parametrize(("name", "chosen"), [("kept.pscap", ""), ("kept.pscap", "evt.type=getuid"), ("kept.scap", "")])
def test_written_files_keep_what_was_told(name: str, chosen: str, tmp_path: Path, call_cli: Call) -> None:
    calls = [event("SYSCALL_GETUID_X", tid=tid, ts=50 + tid, params=[0]) for tid in (20, 30)]
    source, kept = write_capture(tmp_path / "a.scap", BEFORE, [*calls, *TOLD, *calls]), tmp_path / name
    assert call_cli("-r", source, "-w", kept, *chosen.split()).returncode == 0
    got = call_cli("-r", kept, "-p", "*%k8smeta.pod.name %k8smeta.svc.name", "proc.pid in (20, 30)").stdout
    want = b"web-1 (front,back)\n<NA> <NA>\n"
    assert got == b"<NA> <NA>\n" * 2 + want
