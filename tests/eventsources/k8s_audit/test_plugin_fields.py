"""The fields as today's plugin has them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pysysdig.eventsources.k8s_audit.plugin_fields import FIELDS
from tests.eventsources.audit_events import TIME, audit, pod

BY_NAME = {field.name: field for field in FIELDS}
WEB = {
    "name": "web", "image": "registry:5000/shop/web:1.2", "command": ["sh", "-c"],
    "ports": [{"hostPort": 80}, {"containerPort": 8080}],
    "securityContext": {"privileged": True, "runAsUser": 7, "capabilities": {"add": ["NET_ADMIN", "SYS_TIME"]}},
}  # fmt: skip
LOG = {"name": "log", "image": "busybox@sha256:1", "runAsUser": 5}
POD = audit(
    requestObject=pod(
        WEB, LOG, hostNetwork=True, securityContext={"runAsUser": 30, "supplementalGroups": [1, 2]},
        initContainers=[{"name": "init", "image": "i:1"}],
        volumes=[{"name": "a", "hostPath": {"path": "/etc/x"}}, {"name": "b", "secret": {}, "emptyDir": {}}],
    ),
    responseObject={"metadata": {"name": "till-1"}},
    annotations={"authorization.k8s.io/decision": "allow"},
)  # fmt: skip
ROLE = audit(
    requestObject={
        "rules": [{"verbs": ["get", "list"], "resources": ["pods"]}, {"verbs": ["*"]}],
        "subjects": [
            {"kind": "User", "name": "ann"}, {"kind": "ServiceAccount", "name": "till", "namespace": "shop"},
            {"kind": "Group"}, 5,
        ],
        "roleRef": {"name": "admin"},
        "spec": {"ports": [{"port": 80}], "type": "NodePort"},
    }
)  # fmt: skip


def value(name: str, event: Any, arg: Any = None) -> Any:
    found = BY_NAME[name].get(event, arg)
    return list(found) if isinstance(found, tuple) else found


@pytest.mark.parametrize(
    ("name", "arg", "expected"),
    [
        ("ka.verb", None, "create"), ("ka.response.code", None, "201"), ("ka.user.groups", None, ["dev", "ops"]),
        ("ka.auth.decision", None, "allow"), ("ka.auth.reason", None, None), ("ka.uri.param", "limit", "5"),
        ("ka.uri.param", "fieldManager", "kubectl create"), ("ka.uri.param", "empty", ""), ("ka.uri.param", "no", None),
        ("ka.target.pod.name", None, "till-1"), ("ka.req.pod.host_network", None, "true"), ("ka.req.pod.host_pid", None, None),
        ("ka.req.pod.containers.image", None, ["registry:5000/shop/web:1.2", "busybox@sha256:1"]),
        ("ka.req.pod.containers.image", 1, ["busybox@sha256:1"]), ("ka.req.pod.containers.image", 2, None),
        ("ka.req.pod.containers.image", -1, None), ("ka.req.pod.containers.image.repository", None, ["registry", "busybox"]),
        ("ka.req.container.image", None, "registry:5000/shop/web:1.2"), ("ka.req.container.image.repository", None, "registry"),
        ("ka.req.pod.containers.command", None, ["sh -c"]), ("ka.req.pod.containers.args", None, []),
        ("ka.req.pod.containers.host_port", None, ["80", "8080"]), ("ka.req.pod.containers.privileged", None, ["true"]),
        ("ka.req.container.privileged", None, "true"), ("ka.req.pod.containers.run_as_user", None, ["7"]),
        ("ka.req.pod.containers.eff_run_as_user", None, ["0", "5"]), ("ka.req.pod.containers.eff_run_as_group", None, ["0", "0"]),
        ("ka.req.pod.containers.add_capabilities", None, ['["NET_ADMIN","SYS_TIME"]']), ("ka.req.pod.run_as_user", None, "30"),
        ("ka.req.pod.initContainers.image", None, ["i:1"]), ("ka.req.pod.ephemeralContainers.name", None, None),
        ("ka.req.pod.supplemental_groups", None, ["1", "2"]), ("ka.req.pod.volumes.hostpath", None, ["/etc/x"]),
        ("ka.req.volume.hostpath", "/etc*", "true"), ("ka.req.volume.hostpath", "/etc", "false"),
        ("ka.req.pod.volumes.volume_type", None, ["hostPath", "secret", "emptyDir"]),
        ("ka.req.pod.volumes.volume_type", 1, ["secret", "emptyDir"]), ("ka.sourceips", None, None),
        ("jevt.rawtime", None, str(TIME)),
        ("jevt.value", "/user/groups/0", "dev"), ("json.value", "user/groups", '["dev","ops"]'), ("jevt.value", "/nothing", None),
    ],
)  # fmt: skip
def test_of_pods(name: str, arg: Any, expected: Any) -> None:
    assert value(name, POD, arg) == expected


@pytest.mark.parametrize(
    ("name", "arg", "expected"),
    [
        ("ka.req.role.rules.verbs", None, ["get", "list", "*"]), ("ka.req.role.rules.verbs", 1, ["*"]),
        ("ka.req.role.rules.resources", None, ["pods"]), ("ka.req.role.rules.apiGroups", None, []),
        ("ka.req.role.rules", None, ['{"verbs":["get","list"],"resources":["pods"]}', '{"verbs":["*"]}']),
        ("ka.req.binding.subjects.user_names", None, ["ann"]), ("ka.req.binding.subjects.group_names", None, []),
        ("ka.req.binding.subjects.serviceaccount_names", None, ["till"]),
        ("ka.req.binding.subjects.serviceaccount_ns_names", None, ["shop:till"]), ("ka.req.binding.role", None, "admin"),
        ("ka.req.service.ports", 0, ['[{"port":80}]']), ("ka.req.service.type", None, "NodePort"),
        ("ka.req.binding.subject.has_name", "x", "true"),
    ],
)  # fmt: skip
def test_of_roles_and_services(name: str, arg: Any, expected: Any) -> None:
    assert value(name, ROLE, arg) == expected


def test_events_without_an_id_have_no_fields() -> None:
    bare = {key: value for key, value in POD.items() if key != "auditID"}
    assert all(f.get(bare, "x" if f.argument == "text" else None) is None for f in FIELDS if f.name.startswith("ka."))


WRONG: tuple[Any, ...] = (5, "x", None, [], {}, [5], ["x"], [[]], {"name": 5})


def test_whatever_is_in_the_places() -> None:
    """Events are not ours: any JSON may stand anywhere."""
    for key in POD:
        for odd in WRONG:
            for event in (
                {**POD, key: odd},
                {**POD, "requestObject": {"spec": {"containers": odd, "volumes": odd}, "rules": odd, "subjects": odd}},
            ):
                for field in FIELDS:
                    if not field.name.endswith("rawtime") and "auditID" in event:
                        field.get(event, "x" if field.argument == "text" else None)
                        if field.argument == "index":
                            field.get(event, 0)


def test_whole_events_are_indented() -> None:
    assert json.loads(value("jevt.obj", POD)) == POD and value("json.obj", POD).startswith('{\n  "kind"')
