"""The fields as Falco <= 0.31 had them."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.eventsources.k8s_audit.older_fields import FIELDS
from tests.eventsources.audit_events import audit, pod
from tests.eventsources.k8s_audit.test_plugin_fields import LOG, POD, ROLE, WRONG

BY_NAME = {field.name: field for field in FIELDS}


def shown(name: str, event: Any, arg: Any = None) -> str:
    show = BY_NAME[name].show
    assert show is not None
    text: str = show(event, arg)
    return text


@pytest.mark.parametrize(
    ("name", "arg", "text"),
    [
        ("ka.verb", None, "create"), ("ka.user.groups", None, "(dev,ops)"), ("ka.impuser.name", None, "<NA>"),
        ("ka.uri.param", "fieldManager", "kubectl%20create"), ("ka.uri.param", "no", "<NA>"),
        ("ka.req.pod.containers.image", None, "(registry:5000/shop/web:1.2,busybox@sha256:1)"),
        ("ka.req.pod.containers.image", 0, "(registry:5000/shop/web:1.2,busybox@sha256:1)"),
        ("ka.req.pod.containers.image.repository", None, "(registry:5000/shop/web,busybox)"),
        ("ka.req.container.image", None, "registry:5000/shop/web:1.2"),
        ("ka.req.container.image.repository", None, "registry:5000/shop/web"),
        ("ka.req.pod.containers.privileged", None, "(true,<NA>)"), ("ka.req.pod.containers.privileged", 1, "<NA>"),
        ("ka.req.pod.containers.privileged", 0, "true"), ("ka.req.pod.containers.privileged", 9, "<NA>"),
        ("ka.req.container.privileged", None, "true"), ("ka.req.pod.containers.run_as_user", None, "(<NA>,<NA>)"),
        ("ka.req.pod.containers.eff_run_as_user", None, "(7,30)"), ("ka.req.pod.containers.eff_run_as_group", None, "(0,0)"),
        ("ka.req.pod.containers.add_capabilities", None, "(NET_ADMIN,SYS_TIME,<NA>)"),
        ("ka.req.pod.containers.host_port", None, "(80,8080)"),
        ("ka.req.pod.volumes.hostpath", None, "(/etc/x,<NA>)"), ("ka.req.volume.hostpath", "/etc/x", "false"),
        ("ka.req.pod.volumes.volume_type", None, "(hostPath,emptyDir,secret)"), ("jevt.value", "/objectRef/name", "till"),
        ("jevt.value", "/user/groups", '["dev","ops"]'), ("jevt.rawtime", None, "1700000000000000000"),
        ("jevt.time.iso8601", None, "2023-11-14T22:13:20.000000000+0000"),
    ],
)  # fmt: skip
def test_of_pods(name: str, arg: Any, text: str) -> None:
    assert shown(name, POD, arg) == text


def test_of_roles() -> None:
    assert shown("ka.req.role.rules.verbs", ROLE, 1) == "(get,list,*)"
    assert shown("ka.req.role.rules", ROLE) == '({"resources":["pods"],"verbs":["get","list"]},{"verbs":["*"]})'
    assert shown("ka.req.service.ports", ROLE) == '{"port":80}'


def test_what_is_compared_is_all_of_it() -> None:
    assert BY_NAME["ka.req.pod.containers.privileged"].get(POD, 0) == (("true",), ("true", "<NA>"))
    assert BY_NAME["ka.verb"].get({}, None) == (("<NA>",), ("<NA>",))
    assert BY_NAME["ka.req.pod.containers.host_port"].get(audit(requestObject=pod(LOG)), None) == ((), ())


def test_whatever_is_in_the_places() -> None:
    for key in POD:
        for odd in WRONG:
            for event in (
                {**POD, key: odd},
                {**POD, "requestObject": {"spec": {"containers": odd, "volumes": odd}, "rules": odd}},
            ):
                for field in FIELDS:
                    if "time" not in field.name:
                        field.get(event, {"text": "x", "index": 0}.get(field.argument))
