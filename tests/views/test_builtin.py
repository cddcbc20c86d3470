"""The views that come with the program hold to what views must be."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from pysysdig.events.build import event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.filter import compile_filter
from pysysdig.scap.build import write_capture
from pysysdig.state.build import fd, process, snapshot
from pysysdig.ui.selection import equals
from pysysdig.views.aggregate import Aggregator
from pysysdig.views.loader import every_view, find_view
from pysysdig.views.model import View, at_depth, layout
from pysysdig.views.text import plain
from tests.fields.test_k8smeta import TOLD, UID, resource
from tests.views.frames import column, frame_of

VIEWS = every_view()
IDS = {v.id for v in VIEWS}


@pytest.mark.parametrize("view", VIEWS, ids=lambda v: v.id)
def test_is_whole(view: View) -> None:
    assert view.description and view.name
    assert not view.drilldown or view.drilldown in IDS
    assert len({a.key for a in view.actions}) == len(view.actions)
    for action in view.actions:
        assert shlex.split(action.command)
        assert not set(action.command) & set("$`|;<>&")  # it never meets a shell
    for containers in (False, True):
        assert layout(view, containers).shown
        for generation in (OLD, CURRENT):
            Aggregator(view, generation, containers=containers)
    for generation in (OLD, CURRENT):
        if view.filter:
            compile_filter(at_depth(view.filter, 0), generation)


PODS = {"3a" * 32: ("web-1", "shop"), "4b" * 32: ("db-1", "shop"), "5c" * 32: ("web-2", "dev")}


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    """Three pods of two namespaces, each with a container whose process writes: 100, 200 and 300 bytes; one fails once."""
    before = [process(10, "host", fds=[fd(3, "/x")])]
    events = []
    for i, (full, (pod, namespace)) in enumerate(PODS.items(), 1):
        labels = {"io.kubernetes.pod.name": pod, "io.kubernetes.pod.namespace": namespace, "io.kubernetes.pod.uid": f"uid-{pod}"}
        known = {"id": full[:12], "full_id": full, "type": 7, "name": f"c{i}", "image": "i", "pod_sandbox_id": "9" * 64}
        told = {"container": {**known, "labels": labels, "pod_sandbox_labels": {"app": pod[:2]}}}
        before.append(process(20 + i, cgroups=[f"cpu=/kubepods/podx/{full}"], vtid=1, vpid=1, fds=[fd(3, "/x")]))
        events.append(event("CONTAINER_JSON_2_E", i, -1, [json.dumps(told)]))
    for tid, result in ((10, 50), (21, 100), (22, 200), (23, 300), (23, -9)):
        events += [event("SYSCALL_WRITE_E", 10**9, tid, [3, 1]), event("SYSCALL_WRITE_X", 10**9 + 1, tid, [result, b"x"])]
    return write_capture(tmp_path / "cluster.scap", snapshot(*before), [*events, event("SYSCALL_GETUID_E", 2 * 10**9, 10)])


@pytest.mark.parametrize(
    ("view", "title", "want"),
    [
        ("containers", "NAME", {"c1", "c2", "c3"}),
        ("kubernetes_pods", "NAME", {"web-1", "db-1", "web-2"}),
        ("kubernetes_pods", "NAMESPACE", {"shop", "dev"}),
        ("kubernetes_pods", "ID", {"uid-web-1", "uid-db-1", "uid-web-2"}),
        ("kubernetes_pods", "LABELS", {"app:we", "app:db"}),
        ("kubernetes_namespaces", "NAME", {"shop", "dev"}),
        ("containers_errors", "FILE", {0, 1}),
        ("kubernetes_services", "NAME", set()),  # without a collector
    ],
)
def test_containers_and_pods(view: str, title: str, want: set[str], cluster: Path) -> None:
    assert set(column(frame_of(cluster, find_view(view)), title).values()) == want


def test_what_containers_of_a_namespace_do_is_added_up_and_its_pods_follow(cluster: Path) -> None:
    namespaces = find_view("kubernetes_namespaces")
    rates = column(frame_of(cluster, namespaces), "FILE")
    assert len(rates) == 2 and len(set(rates.values())) == 1  # 100 + 200, and 300
    pods = find_view(namespaces.drilldown)
    assert "k8s.ns.name" in pods.applies_to
    assert set(column(frame_of(cluster, pods, "k8s.ns.name = shop"), "NAME").values()) == {"web-1", "db-1"}


OTHER = "e2c1a7f0-0f6c-4a3e-8f0e-7d1c2b3a4f55"


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """Two pods that a collector tells of: one of everything there is and in three services, one in a deployment alone."""
    refs = {"resources": {"Deployment": {"list": ["u-d"]}, "Service": {"list": []}}}
    other = resource("Pod", OTHER, {"name": "web-2", "namespace": "shop"}, refs=refs)
    before = [process(tid, "in", cgroups=[f"cpu=/kubepods/pod{uid}/{str(tid) * 32}"]) for tid, uid in ((20, UID), (30, OTHER))]
    calls = [event("SYSCALL_GETUID_X", tid=tid, ts=ts, params=[0]) for ts in (5, 6) for tid in (20, 30, 20)]
    return write_capture(tmp_path / "told.scap", snapshot(*before, process(40, "host")), [*TOLD, other, *calls])


@pytest.mark.parametrize(
    ("view", "ids", "names", "labels"),
    [
        ("controllers", {"u-rc"}, {"old"}, {"v:1"}),
        ("replicasets", {"u-rs"}, {"web-5c"}, {"hash:5c"}),
        ("deployments", {"u-d"}, {"web"}, {""}),
        ("services", {"u-s1, u-gone, u-s2"}, {"front, back"}, {"tier:1, x:y, tier:2"}),
    ],
)
def test_what_pods_belong_to(view: str, ids: set[str], names: set[str], labels: set[str], told: Path) -> None:
    frame = frame_of(told, find_view(f"kubernetes_{view}"))
    for title, want in (("ID", ids), ("NAME", names), ("LABELS", labels), ("NAMESPACE", {"shop"})):
        at = [c.title for c in frame.layout.shown].index(title)
        assert {plain(row.cells[at].value, frame.kinds[at]) for row in frame.rows} == want
    assert frame.layout.columns[0].field in find_view(find_view(f"kubernetes_{view}").drilldown).applies_to
    (row,) = frame.rows
    chosen = equals(frame.layout.columns[0].field, row.key)
    assert len(frame_of(told, find_view("threads"), chosen).rows) == (2 if view == "deployments" else 1)
