"""container.* and k8s.*: host, ids without metadata, metadata from events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields.container import labels_text
from pysysdig.fields.lookup import lookup
from pysysdig.scap.build import write_capture
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import THREAD
from tests.conftest import Call

HEX = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
SHORT = HEX[:12]
INFO = {
    "id": SHORT, "full_id": HEX, "type": 0, "name": "web", "image": "nginx:1", "imageid": "i", "imagerepo": "nginx",
    "imagetag": "1",
    "privileged": True, "ip": "172.17.0.2", "cni_json": "{}", "pod_sandbox_id": "5" * 64, "pod_sandbox_labels": {"app": "x"},
    "labels": {"io.kubernetes.pod.name": "p", "io.kubernetes.pod.namespace": "n", "io.kubernetes.pod.uid": "u", "own": "1"},
    "Healthcheck": {"exe": "curl", "args": ["-f"]},
    "Mounts": [
        {"Source": "/src/a", "Destination": "/dst", "Mode": "rw", "RW": True, "Propagation": "rprivate"},
        {"Source": "/src/b", "Destination": "/other", "Mode": "", "RW": False, "Propagation": ""},
    ],
}  # fmt: skip


def view_of(generation: str = OLD) -> Any:
    before = snapshot(
        process(10, "host"),
        process(20, "in", cgroups=[f"cpu=/docker/{HEX}"], vtid=1, vpid=1),
        process(30, "ns", vtid=1, vpid=1),
    )
    names = ("SYSCALL_GETUID_E", []) if generation == OLD else ("SYSCALL_GETUID_X", [0])
    calls = [event(names[0], tid=tid, params=names[1]) for tid in (10, 20, 30)]
    told = event("CONTAINER_JSON_2_E", tid=-1, params=[json.dumps({"container": INFO})])
    return Inspector(before, generation, THREAD).process(batch([*calls, told, *calls]))


def values(view: Any, text: str) -> list[Any]:
    """For the host's, the container's and the namespace's thread, before and after the container event."""
    return lookup(text).shown(view, np.array([0, 1, 2, 4, 5, 6])).tolist()


@pytest.mark.parametrize(
    ("field", "want"),
    [
        ("container.id", ["host", SHORT, "", "host", SHORT, ""]),
        ("container.name", ["host", None, None, "host", "web", None]),
        ("container.full_id", ["host", None, None, "host", HEX, None]),
        ("container.type", ["host", "docker", None, "host", "docker", None]),
        ("container.image", [None, None, None, None, "nginx:1", None]),
        ("container.image.repository", [None, None, None, None, "nginx", None]),
        ("container.privileged", [None, False, None, None, True, None]),
        ("container.ip", [None, "0.0.0.0", None, None, "172.17.0.2", None]),
        ("container.healthcheck", [None, "NONE", None, None, "curl -f", None]),
        ("container.liveness_probe", [None, "NONE", None, None, "NONE", None]),
        ("container.mount[0]", [None, None, None, None, "/src/a:/dst:rw:true:rprivate", None]),
        ("container.mount[/src/*]", [None, None, None, None, "/src/a:/dst:rw:true:rprivate", None]),
        ("container.mount.source[/other]", [None, None, None, None, "/src/b", None]),
        ("container.mount.rdwr[1]", [None, None, None, None, "false", None]),
        ("container.mount[7]", [None] * 6),
        ("container.start_ts", [None] * 6),
        ("k8s.pod.name", [None, None, None, None, "p", None]),
        ("k8s.ns.name", [None, None, None, None, "n", None]),
        ("k8s.pod.uid", [None, None, None, None, "u", None]),
        ("k8s.pod.sandbox_id", [None, None, None, None, "5" * 12, None]),
        ("k8s.pod.label[app]", [None, None, None, None, "x", None]),
        ("k8s.pod.label.none", [None, None, None, None, "", None]),
        ("k8s.pod.labels", [None, None, None, None, "app:x", None]),
        ("k8s.pod.ip", [None, None, None, None, "172.17.0.2", None]),
        ("k8s.svc.name", [None] * 6),
    ],
)
def test_old(field: str, want: Any) -> None:
    assert values(view_of(), field) == want


@pytest.mark.parametrize(
    ("field", "want"),
    [
        ("container.id", ["host", SHORT, "host", "host", SHORT, "host"]),
        ("container.name", ["host", None, "host", "host", "web", "host"]),
        ("container.image.repository", ["", None, "", "", "nginx", ""]),
        ("container.privileged", [False, None, False, False, True, False]),
        ("container.mounts", ["", None, "", "", "/src/a:/dst:rw:true:rprivate,/src/b:/other::false:", ""]),
        ("container.healthcheck", [None] * 6),
        ("container.label[own]", [None, None, None, None, "1", None]),
        ("container.labels", ["", None, "", "", "own:1", ""]),
        ("k8s.pod.name", [None, None, None, None, "p", None]),
        ("proc.is_container_healthcheck", [None] * 6),
    ],
)
def test_current(field: str, want: Any) -> None:
    assert values(view_of(CURRENT), field) == want


@pytest.mark.parametrize(
    ("argument", "old", "current"),
    [
        ("/", None, "/src/a"), ("/dst", "/src/a", "/src/a"), ("/d*", "/src/a", "/src/a"), ("/oth", None, "/src/b"),
        ("^/other$", None, "/src/b"), ("her", None, "/src/b"), ("*", "/src/a", None), ("[", None, None), ("/x*", None, "/src/a"),
        ("/ot?er", "/src/b", None), ("OTHER", None, None),
    ],
)  # fmt: skip
def test_mounts_are_found_by_globs_and_later_by_expressions(argument: str, old: str | None, current: str | None) -> None:
    """An expression may be anywhere; one that is none finds nothing."""
    for generation, want in ((OLD, old), (CURRENT, current)):
        assert values(view_of(generation), f"container.mount.source[{argument}]")[4] == want


def test_labels() -> None:
    assert labels_text({"b": "", "a": "1", "annotation.x": "2", "io.kubernetes.y": "3"}) == "a:1, b"


HEADS = {  # what a rule file says of itself -> whether its mounts are globs
    "- required_engine_version: 7\n": True,
    "- required_engine_version: 0.46.0\n": True,
    "- required_engine_version: 0.50.0\n": False,
    "- required_engine_version: 9\n- required_plugin_versions: [{name: container, version: 0.4.0}]\n": False,
    "": False,
}
MOUNTS = {  # argument -> (as a glob, as a regular expression)
    "/proc*": (True, True),
    "/pro": (False, True),
    "/": (False, True),
    "/etc": (False, True),
    "/etc*": (False, True),
    "/host/e*": (True, True),
    "*etc": (True, False),
    "^/etc": (False, False),
}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("suffix", [".scap", ".pscap"])
def test_mounts_of_rules_for_falco_before_and_since_the_plugin(head: str, suffix: str, tmp_path: Path, call_cli: Call) -> None:
    """Whichever the capture is: 0.27's `container.mount.dest[/]` is not about every container that has a mount."""
    mounts = [
        {"Source": where, "Destination": "/a", "Mode": "", "RW": True, "Propagation": "rprivate"}
        for where in ("/host/etc", "/proc/sys")
    ]
    told = {"container": {"id": "3a3a3a3a3a3a", "full_id": "3a" * 32, "type": 0, "name": "n", "image": "i", "Mounts": mounts}}
    rules = []
    for argument in MOUNTS:
        condition = f"evt.type=getuid and container.mount.dest[{argument}] != N/A"
        rule = {"rule": argument, "desc": "d", "condition": condition, "output": f"%container.mount.dest[{argument}]"}
        rules.append(f"- {json.dumps({**rule, 'priority': 'INFO'})}\n")
    (tmp_path / "r.yaml").write_text(head + "".join(rules))
    before = process(5, "in", cgroups=[f"cpu=/docker/{'3a' * 32}"])
    events = [event("CONTAINER_JSON_2_E", 1, -1, [json.dumps(told)]), event("SYSCALL_GETUID_X", 2, 5, [0])]
    source = write_capture(tmp_path / "a.scap", snapshot(before), events)
    if suffix == ".pscap":
        call_cli("-r", source, "-w", tmp_path / "a.pscap")
    shown = call_cli("-r", tmp_path / f"a{suffix}", "--rules", tmp_path / "r.yaml", "-j", "-o", "rule_matching=all")
    found = [json.loads(line) for line in shown.stdout.decode().splitlines()]
    assert {alert["rule"] for alert in found} == {name for name, fits in MOUNTS.items() if fits[not HEADS[head]]}
    assert all("N/A" not in alert["output"] for alert in found)
