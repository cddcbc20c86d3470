"""Pods of all kinds: what conditions of either generation say of them is what their description says."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Call
from tests.eventsources.audit_events import audit, log
from tests.eventsources.k8s_audit.policies import rules

PODS = 400
Spec = dict[str, Any]
Holds = Callable[[Spec], bool]


def _maybe(chance: random.Random, key: str, *values: Any) -> Spec:
    return {key: chance.choice(values)} if chance.random() < 0.6 else {}


def _identity(chance: random.Random) -> Spec:
    return {
        **_maybe(chance, "runAsUser", 0, 29, 30, 40, 41, 1000),
        **_maybe(chance, "runAsGroup", 0, 29, 30, 40, 41, 1000),
    }


def _container(chance: random.Random) -> Spec:
    security = {
        **_identity(chance),
        **_maybe(chance, "privileged", True, False),
        **_maybe(chance, "allowPrivilegeEscalation", True, False),
        **_maybe(chance, "readOnlyRootFilesystem", True, True, False),
        **_maybe(chance, "capabilities", {"add": ["SYS_NICE"]}, {"add": ["SYS_NICE", "SYS_TIME"]}, {"drop": ["ALL"]}),
        **_maybe(chance, "procMount", "Default", "Unmasked"),
    }
    ports = [{"containerPort": chance.choice((100, 8080)), **_maybe(chance, "hostPort", 99, 100, 200, 201)} for _ in range(2)]
    image = chance.choice(("nginx", "nginx:1.9", "nginx@sha256:12", "nginx:1@sha256:12")) if chance.random() < 0.9 else "busybox"
    return {
        "name": "c",
        "image": image,
        **_maybe(chance, "securityContext", security),
        **_maybe(chance, "ports", ports[: chance.randrange(3)]),
    }


def pod(chance: random.Random) -> Spec:
    """A pod's specification."""
    volumes: tuple[Spec, ...] = ({"hostPath": {"path": "/usr/lib"}}, {"hostPath": {"path": "/etc"}}, {"secret": {}})
    volumes += ({"flexVolume": {"driver": "a/b"}},)
    pod_wide = {**_identity(chance), **_maybe(chance, "fsGroup", 10, 30, 50)}
    pod_wide |= _maybe(chance, "supplementalGroups", [30], [30, 40], [10, 30], [50])
    return {
        "containers": [_container(chance) for _ in range(chance.randint(1, 3))],
        **_maybe(chance, "volumes", [{"name": "v", **volume} for volume in volumes if chance.random() < 0.5]),
        **_maybe(chance, "securityContext", pod_wide),
        **{
            key: value
            for name in ("hostPID", "hostIPC", "hostNetwork")
            for key, value in _maybe(chance, name, True, False).items()
        },
    }


def each(spec: Spec, key: str, missing: Any = None) -> list[Any]:
    """Something of the security context of each container."""
    return [container.get("securityContext", {}).get(key, missing) for container in spec["containers"]]


def effective(spec: Spec, key: str) -> list[Any]:
    """Of the container, else of the pod, else 0."""
    return each(spec, key, spec.get("securityContext", {}).get(key, 0))


def of_pod(spec: Spec, key: str) -> Any:
    return spec.get("securityContext", {}).get(key)


def ports(spec: Spec) -> list[int]:
    """Those of the host, else of the container."""
    return [port.get("hostPort", port["containerPort"]) for c in spec["containers"] for port in c.get("ports", ())]


def images(spec: Spec) -> list[str]:
    return [container["image"] for container in spec["containers"]]


def kinds(spec: Spec) -> list[str]:
    return [key for volume in spec.get("volumes", ()) for key in volume if key != "name"]


def paths(spec: Spec) -> list[str]:
    return [volume["hostPath"]["path"] for volume in spec.get("volumes", ()) if "hostPath" in volume]


def capabilities(spec: Spec) -> list[str]:
    return [name for one in each(spec, "capabilities", {}) for name in one.get("add", ())]


def within(value: Any) -> bool:
    return value is not None and 30 <= value <= 40


RANGE = [(30, 40)]
# what a policy says -> (the part of it that is meant, when a pod breaks it)
BROKEN: tuple[tuple[Spec, str, Holds], ...] = (
    ({}, "privileged) K8s Audit", lambda s: True in each(s, "privileged")),
    ({}, "hostPID)", lambda s: s.get("hostPID") is True),
    ({}, "hostIPC)", lambda s: s.get("hostIPC") is True),
    ({}, "hostNetwork)", lambda s: s.get("hostNetwork") is True),
    ({"hostPorts": [(100, 200), (8080, 8080)]}, "hostPorts)", lambda s: any(p in (99, 201) for p in ports(s))),
    ({"volumes": ["secret", "hostPath"]}, "volumes)", lambda s: "flexVolume" in kinds(s)),
    ({"allowedHostPaths": ["/usr"]}, "allowedHostPaths)", lambda s: "/etc" in paths(s)),
    ({"allowedFlexVolumes": ["a/c"]}, "allowedFlexVolumes)", lambda s: "flexVolume" in kinds(s)),
    ({"allowedCapabilities": ["SYS_NICE"]}, "allowedCapabilities)", lambda s: "SYS_TIME" in capabilities(s)),
    ({"allowedProcMountTypes": ["Default"]}, "allowedProcMountTypes)", lambda s: "Unmasked" in each(s, "procMount")),
    (
        {"readOnlyRootFilesystem": True}, "readOnlyRootFilesystem) K8s Audit",
        lambda s: any(flag is not True for flag in each(s, "readOnlyRootFilesystem")),
    ),
    (
        {"allowPrivilegeEscalation": False}, "allowPrivilegeEscalation)",
        lambda s: True in each(s, "allowPrivilegeEscalation"),
    ),
    (
        {"runAsUser": ("MustRunAs", RANGE)}, "runAsUser=MustRunAs) K8s Audit",
        lambda s: not all(map(within, effective(s, "runAsUser"))),
    ),
    ({"runAsUser": ("MustRunAsNonRoot", [])}, "runAsUser=MustRunAsNonRoot) K8s Audit", lambda s: 0 in effective(s, "runAsUser")),
    (
        {"runAsGroup": ("MustRunAs", RANGE)}, "runAsGroup=MustRunAs) K8s Audit",
        lambda s: not all(map(within, effective(s, "runAsGroup"))),
    ),
    (
        {"runAsGroup": ("MayRunAs", RANGE)}, "runAsGroup=MayRunAs)",
        lambda s: not all(map(within, effective(s, "runAsGroup")))
        and not (of_pod(s, "runAsGroup") is None and set(each(s, "runAsGroup")) == {None}),
    ),
    ({"fsGroup": ("MustRunAs", RANGE)}, "fsGroup=MustRunAs)", lambda s: not within(of_pod(s, "fsGroup"))),
    (
        {"fsGroup": ("MayRunAs", RANGE)}, "fsGroup=MayRunAs)",
        lambda s: of_pod(s, "fsGroup") is not None and not within(of_pod(s, "fsGroup")),
    ),
    (
        {"supplementalGroups": ("MustRunAs", RANGE)}, "supplementalGroups=MustRunAs)",
        lambda s: not all(map(within, of_pod(s, "supplementalGroups") or [None])),
    ),
    (
        {"supplementalGroups": ("MayRunAs", [(30, 30), (35, 40)])}, "supplementalGroups=MayRunAs)",
        lambda s: not all(map(within, of_pod(s, "supplementalGroups") or [])),
    ),
)  # fmt: skip


def nginx(spec: Spec) -> bool:
    return all(container["image"].startswith("nginx") for container in spec["containers"])


def texts(values: list[Any]) -> list[str]:
    """What the plugin gives of several containers: those that have it."""
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values if value is not None]


# of the plugin's fields: condition -> when it holds
TODAY: dict[str, Holds] = {
    "ka.req.pod.containers.privileged intersects (true)": lambda s: True in each(s, "privileged"),
    "ka.req.pod.containers.privileged in (true)": lambda s: set(each(s, "privileged")) - {None} == {True},
    "not ka.req.pod.containers.read_only_fs in (true)": lambda s: set(each(s, "readOnlyRootFilesystem")) - {None} != {True},
    "ka.req.pod.containers.run_as_user exists": lambda s: bool(texts(each(s, "runAsUser"))),
    "ka.req.pod.containers.run_as_user intersects (30, 40)": lambda s: bool({30, 40} & set(each(s, "runAsUser"))),
    "ka.req.pod.containers.run_as_user in (30, 40)": lambda s: set() < set(each(s, "runAsUser")) - {None} <= {30, 40},
    "ka.req.pod.containers.run_as_user in (0:1000)": lambda s: False,  # numbers are text
    "ka.req.pod.containers.eff_run_as_user in (0)": lambda s: True,  # as the plugin does
    "ka.req.pod.containers.proc_mount intersects (Unmasked)": lambda s: "Unmasked" in each(s, "procMount"),
    "ka.req.pod.containers.add_capabilities exists": lambda s: any("add" in one for one in each(s, "capabilities", {})),
    'ka.req.pod.containers.add_capabilities intersects (\'["SYS_NICE","SYS_TIME"]\')': lambda s: "SYS_TIME" in capabilities(s),
    "ka.req.pod.containers.host_port intersects (99, 201)": lambda s: any(p in (99, 201) for p in ports(s)),
    "ka.req.pod.containers.image.repository in (nginx)": nginx,
    "ka.req.pod.containers.image[0] in (busybox)": lambda s: s["containers"][0]["image"] == "busybox",
    "ka.req.pod.containers.image[2] exists": lambda s: len(s["containers"]) > 2,
    "ka.req.pod.host_pid = true": lambda s: s.get("hostPID") is True,
    "ka.req.pod.host_pid != true": lambda s: s.get("hostPID") is False,
    "not ka.req.pod.host_pid = true": lambda s: s.get("hostPID") is not True,
    "ka.req.pod.run_as_user exists": lambda s: of_pod(s, "runAsUser") is not None,
    "ka.req.pod.run_as_user startswith 4": lambda s: str(of_pod(s, "runAsUser")).startswith("4"),
    "ka.req.pod.supplemental_groups in (30, 40)": lambda s: set() < set(of_pod(s, "supplementalGroups") or ()) <= {30, 40},
    "ka.req.pod.volumes.hostpath intersects (/etc)": lambda s: "/etc" in paths(s),
    "ka.req.volume.hostpath[/usr*]=true": lambda s: "/usr/lib" in paths(s),
    "ka.req.volume.hostpath[/usr]=true": lambda s: False,
    "ka.req.volume.hostpath[/usr]=false": lambda s: "volumes" in s,
    "ka.req.pod.volumes.volume_type intersects (flexVolume)": lambda s: "flexVolume" in kinds(s),
    "ka.req.pod.volumes.flexvolume_driver intersects (a/b)": lambda s: "flexVolume" in kinds(s),
    "json.value[/requestObject/spec/containers/1/image] = busybox": lambda s: images(s)[1:2] == ["busybox"],
}


@pytest.fixture(scope="module")
def pods() -> list[Spec]:
    chance = random.Random(15)
    return [pod(chance) for _ in range(PODS)]


def found(call_cli: Call, folder: Path, pods: list[Spec], files: list[Path]) -> dict[str, list[bool]]:
    """rule -> for each of the pods whether it fires."""
    path = log(folder, *(audit(requestObject={"kind": "Pod", "spec": spec}, auditID=str(i)) for i, spec in enumerate(pods)))
    words = [word for file in files for word in ("--rules", file)]
    shown = call_cli("-r", path, *words, "-j", "-o", "rule_matching=all")
    assert not shown.returncode, shown.stderr
    out: dict[str, list[bool]] = {}
    for line in shown.stdout.decode().splitlines():
        alert = json.loads(line)
        out.setdefault(alert["rule"], [False] * len(pods))[int(alert["output_fields"]["evt.num"]) - 1] = True
    return out


def test_policies(pods: list[Spec], tmp_path: Path, call_cli: Call) -> None:
    """What Falco <= 0.31 found against pod security policies."""
    files = []
    for i, (spec, _, _) in enumerate(BROKEN):
        files.append(tmp_path / f"{i}.yaml")
        files[-1].write_text(rules(f"p{i}", spec).replace('"output": "found"', '"output": "%evt.num"'))
    fired = found(call_cli, tmp_path, pods, files)
    for i, (_, what, broken) in enumerate(BROKEN):
        expected = [nginx(spec) and broken(spec) for spec in pods]
        assert 0 < sum(expected) < PODS, what
        assert fired.get(f"PSP p{i} Violation ({what}", [False] * PODS) == expected, what


def test_the_plugin(pods: list[Spec], tmp_path: Path, call_cli: Call) -> None:
    """What today's fields give."""
    made: list[dict[str, Any]] = [{"required_plugin_versions": [{"name": "k8saudit", "version": "0.7.0"}]}]
    made += [
        {"rule": condition, "desc": "d", "condition": condition, "output": "%evt.num", "priority": "INFO", "source": "k8s_audit"}
        for condition in TODAY
    ]
    path = tmp_path / "rules.yaml"
    path.write_text(json.dumps(made))
    fired = found(call_cli, tmp_path, pods, [path])
    for condition, holds in TODAY.items():
        assert fired.get(condition, [False] * PODS) == [holds(spec) for spec in pods], condition
