"""The fields as the plugin k8saudit 0.18 has them (docs/kubernetes.md): texts, and lists of texts.

Where the plugin's answers are odd they are odd here, too: rules are written for them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pysysdig.eventsources.jsontext import MISSING, pointer, text
from pysysdig.eventsources.jsontext import at as pointed_at
from pysysdig.eventsources.model import INDEX, NO_ARGUMENT, TEXT, SourceField
from pysysdig.eventsources.timestamps import nanoseconds

Get = Callable[[Any, Any], Any]
_ABSENT = object()  # a container without the value: told from one that has null
_ANNOTATIONS = {
    "ka.auth.decision": ("authorization.k8s.io/decision", "The authorization decision"),
    "ka.auth.reason": ("authorization.k8s.io/reason", "The authorization reason"),
    "ka.auth.openshift.decision": ("authentication.openshift.io/decision", "The authentication decision of OpenShift"),
    "ka.auth.openshift.username": ("authentication.openshift.io/username", "The user whom OpenShift authenticates"),
    "ka.validations.admission.policy.failure": (
        "validation.policy.admission.k8s.io/validation_failure", "Why a validating admission policy refused the request",
    ),
    "ka.security.pod.violations": ("pod-security.kubernetes.io/audit-violations", "Violations of pod security"),
    "ka.cluster.name": ("cluster_name", "The cluster, if whoever forwards events says so"),
}  # fmt: skip
_PLAIN = {
    "ka.auditid": (("auditID",), "Unique id of the request"),
    "ka.stage": (("stage",), "Stage of the request: RequestReceived, ResponseComplete ..."),
    "ka.user.name": (("user", "username"), "The user of the request"),
    "ka.impuser.name": (("impersonatedUser", "username"), "The user that is impersonated"),
    "ka.verb": (("verb",), "What is done: create, get, delete ..."),
    "ka.uri": (("requestURI",), "The address of the request, as sent"),
    "ka.target.name": (("objectRef", "name"), "Name of the object"),
    "ka.target.namespace": (("objectRef", "namespace"), "Namespace of the object"),
    "ka.target.resource": (("objectRef", "resource"), "Kind of the object: pods, configmaps ..."),
    "ka.target.subresource": (("objectRef", "subresource"), "Part of the object: exec, attach ..."),
    "ka.req.binding.role": (("requestObject", "roleRef", "name"), "The role that a binding gives"),
    "ka.req.configmap.name": (("objectRef", "name"), "Name of the config map"),
    "ka.req.configmap.obj": (("requestObject", "data"), "The data of the config map, as JSON"),
    "ka.req.pod.host_ipc": (("requestObject", "spec", "hostIPC"), "Whether the pod shares IPC with the host"),
    "ka.req.pod.host_network": (("requestObject", "spec", "hostNetwork"), "Whether the pod shares the network of the host"),
    "ka.req.container.host_network": (("requestObject", "spec", "hostNetwork"), "Old name of ka.req.pod.host_network"),
    "ka.req.pod.host_pid": (("requestObject", "spec", "hostPID"), "Whether the pod shares processes with the host"),
    "ka.req.pod.run_as_user": (("requestObject", "spec", "securityContext", "runAsUser"), "The user of the pod"),
    "ka.req.pod.run_as_group": (("requestObject", "spec", "securityContext", "runAsGroup"), "The group of the pod"),
    "ka.req.pod.fs_group": (("requestObject", "spec", "securityContext", "fsGroup"), "The group of the pod's volumes"),
    "ka.req.service.type": (("requestObject", "spec", "type"), "Type of the service"),
    "ka.resp.name": (("responseObject", "metadata", "name"), "Name of the object in the answer"),
    "ka.response.code": (("responseStatus", "code"), "Status of the answer"),
    "ka.response.reason": (("responseStatus", "reason"), "Reason of the answer's status"),
    "ka.useragent": (("userAgent",), "The program that sent the request"),
}
_LISTS = {
    "ka.user.groups": (("user", "groups"), "The groups of the user"),
    "ka.req.binding.subjects": (("requestObject", "subjects"), "Whom a binding gives a role, as JSON"),
    "ka.req.role.rules": (("requestObject", "rules"), "The rules of a role, as JSON"),
    "ka.req.pod.supplemental_groups": (
        ("requestObject", "spec", "securityContext", "supplementalGroups"), "Further groups of the pod",
    ),
}  # fmt: skip
_KINDS = ("containers", "initContainers", "ephemeralContainers")


def _under(value: Any, *keys: str) -> Any:
    """The same of any value, at once."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _audited(get: Get) -> Get:
    """Events without an id have no fields."""
    return lambda event, arg: get(event, arg) if "auditID" in event else None


def _text(*keys: str) -> Get:
    """What lies behind these keys of objects, as text. The most frequent fields: one call for each event."""
    *path, last = keys

    def direct(event: Any, arg: Any) -> Any:
        value = event.get(last) if "auditID" in event else None
        return value if value is None or type(value) is str else text(value)

    def get(event: Any, arg: Any) -> Any:
        value = event if "auditID" in event else None
        for key in path:
            value = value.get(key) if type(value) is dict else None
        value = value.get(last) if type(value) is dict else None
        return value if value is None or type(value) is str else text(value)

    return get if path else direct


def _list(*keys: str) -> Get:
    def get(event: Any, arg: Any) -> Any:
        value = _under(event, *keys)
        return tuple(map(text, value)) if isinstance(value, list) else None

    return get


def _along(value: Any, index: int | None, keys: Sequence[str]) -> list[Any] | None:
    """The values behind keys, through arrays: all of their elements, or that of the index (of every array on the way). An element
    without a value gives _ABSENT; None: there is nothing at all. An array at the end is not entered."""
    for number, key in enumerate(keys):
        if isinstance(value, list):
            if index is None:
                out: list[Any] = []
                for element in value:
                    found = _along(element, None, keys[number:])
                    out += [_ABSENT] if found is None else found
                return out
            if not 0 <= index < len(value):
                return None
            value = value[index]
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return [value]


def _texts(values: list[Any] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(text(value) for value in values if value is not _ABSENT)


def _several(*keys: str) -> Get:
    return lambda event, index: _texts(_along(event, index, keys))


def _each(kind: str, *keys: str) -> Get:
    """Something of each container that has it."""
    return _several("requestObject", "spec", kind, *keys)


def _all(kind: str, key: str) -> Get:
    """Something that every container has to have: nothing if one has not."""
    path = ("requestObject", "spec", kind, key)

    def get(event: Any, index: Any) -> tuple[str, ...] | None:
        values = _along(event, index, path)
        return None if values is None or _ABSENT in values else _texts(values)

    return get


def _repository(image: str) -> str:
    return image.partition(":")[0].partition("@")[0]


def _repositories(kind: str) -> Get:
    images = _all(kind, "image")

    def get(event: Any, index: Any) -> tuple[str, ...] | None:
        found = images(event, index)
        return None if found is None else tuple(map(_repository, found))

    return get


def _words(kind: str, key: str) -> Get:
    """Command lines: an array of words each."""
    path = ("requestObject", "spec", kind, key)

    def get(event: Any, index: Any) -> tuple[str, ...] | None:
        values = [value for value in _along(event, index, path) or () if value is not _ABSENT]
        if not all(isinstance(value, list) and all(isinstance(word, str) for word in value) for value in values):
            return None
        return tuple(" ".join(value) for value in values)

    return get


def _ports(kind: str) -> Get:
    path = ("requestObject", "spec", kind, "ports")

    def get(event: Any, index: Any) -> tuple[str, ...] | None:
        out = []
        for ports in _along(event, index, path) or ():
            if ports is _ABSENT:
                continue
            if not isinstance(ports, list):
                return None
            for port in ports:
                number = _under(port, "hostPort")
                if number is None:
                    number = _under(port, "containerPort")
                if number is not None:
                    out.append(text(number))
        return tuple(out)

    return get


def _effective(kind: str, key: str) -> Get:
    """Who a container runs as. It is looked for beside `securityContext`, as the plugin does."""
    path = ("requestObject", "spec", kind, key)

    def get(event: Any, index: Any) -> tuple[str, ...] | None:
        values = _along(event, index, path)
        if values is None:
            return None
        pod = _under(event, "requestObject", "spec", key)
        default = "0" if pod is None else text(pod)
        return tuple(default if value is _ABSENT else text(value) for value in values)

    return get


def _first(get: Get) -> Get:
    """Of the first container."""

    def first(event: Any, arg: Any) -> str | None:
        found = get(event, 0)
        return found[0] if found else None

    return first


def _privileged(event: Any, arg: Any) -> str | None:
    values = _along(event, None, ("requestObject", "spec", "containers", "securityContext", "privileged"))
    return None if values is None else "true" if any(value is True for value in values) else "false"


def _uri_param(event: Any, name: Any) -> str | None:
    uri = event.get("requestURI")
    if not isinstance(uri, str):
        return None
    try:
        found = parse_qsl(urlsplit(uri).query, keep_blank_values=True)
    except ValueError:
        return None
    return next((value for key, value in found if key == name), None)


def _pod_name(event: Any, arg: Any) -> str | None:
    target = event.get("objectRef")
    if _under(target, "resource") != "pods" or _under(target, "subresource"):
        return None
    name = _under(event, "responseObject", "metadata", "name")
    return None if name is None else text(name)


def _subjects(kind: str, named: Callable[[Any], str | None]) -> Get:
    """Subjects of a binding of one kind."""

    def get(event: Any, arg: Any) -> tuple[str, ...] | None:
        subjects = _under(event, "requestObject", "subjects")
        if not isinstance(subjects, list):
            return None
        some = [s for s in subjects if isinstance(s, dict) and s.get("kind") == kind and s.get("name") is not None]
        return tuple(name for name in map(named, some) if name is not None)

    return get


def _name(subject: Any) -> str:
    return text(subject["name"])


def _full_name(subject: Any) -> str | None:
    namespace = subject.get("namespace")
    return None if namespace is None else f"{text(namespace)}:{text(subject['name'])}"


def _of_rules(key: str) -> Get:
    """Lists of all rules of a role as one, or that of one rule."""
    path = ("requestObject", "rules", key)

    def get(event: Any, index: Any) -> tuple[str, ...] | None:
        values = _along(event, index, path)
        return None if values is None else tuple(text(v) for value in values if isinstance(value, list) for v in value)

    return get


_HOST_PATHS = _several("requestObject", "spec", "volumes", "hostPath", "path")


def _has_host_path(event: Any, path: Any) -> str | None:
    found = _HOST_PATHS(event, None)
    if found is None or not path:
        return None
    prefix = path[:-1] if path.endswith("*") else None
    return "true" if any(p == path or (prefix is not None and p.startswith(prefix)) for p in found) else "false"


def _volume_types(event: Any, index: Any) -> tuple[str, ...] | None:
    volumes = _under(event, "requestObject", "spec", "volumes")
    if not isinstance(volumes, list):
        return None
    if index is not None:
        volumes = volumes[index : index + 1] if index >= 0 else []
    return tuple(key for volume in volumes if isinstance(volume, dict) for key in volume if key != "name")


def _of_containers(kind: str) -> list[SourceField]:
    what = {"containers": "container", "initContainers": "init container", "ephemeralContainers": "ephemeral container"}[kind]

    def security(*keys: str) -> Get:
        return _each(kind, "securityContext", *keys)

    rows: tuple[tuple[str, str, Get], ...] = (
        ("args", "Arguments", _words(kind, "args")),
        ("command", "Command", _words(kind, "command")),
        ("name", "Name", _all(kind, "name")),
        ("image", "Image", _all(kind, "image")),
        ("image.repository", "Repository of the image", _repositories(kind)),
        ("host_port", "Ports of the host", _ports(kind)),
        ("privileged", "Privileged flag", security("privileged")),
        ("allow_privilege_escalation", "Flag allowPrivilegeEscalation", security("allowPrivilegeEscalation")),
        ("read_only_fs", "Flag readOnlyRootFilesystem", security("readOnlyRootFilesystem")),
        ("run_as_user", "User", security("runAsUser")),
        ("eff_run_as_user", "User, that of the pod or 0 where there is none", _effective(kind, "runAsUser")),
        ("run_as_group", "Group", security("runAsGroup")),
        ("eff_run_as_group", "Group, that of the pod or 0 where there is none", _effective(kind, "runAsGroup")),
        ("proc_mount", "How /proc is mounted", security("procMount")),
        ("add_capabilities", "Capabilities that are added, a JSON array each", security("capabilities", "add")),
    )
    return [_field(f"ka.req.pod.{kind}.{name}", f"{desc} of each {what}", get, True, INDEX) for name, desc, get in rows]


def _field(name: str, desc: str, get: Get, is_list: bool = False, argument: str = NO_ARGUMENT) -> SourceField:
    return SourceField(name, desc, _audited(get), is_list=is_list, argument=argument)


def json_value(event: Any, written: Any) -> str | None:
    """What a JSON pointer points at."""
    value = pointed_at(event, pointer(written))
    return None if value is MISSING else text(value)


def raw_time(event: Any, arg: Any) -> str:
    """The time in ns."""
    return str(nanoseconds(event.get("stageTimestamp")))


def _json_obj(event: Any, arg: Any) -> str:
    return json.dumps(event, ensure_ascii=False, indent=2)


FIELDS: tuple[SourceField, ...] = (
    *(SourceField(name, desc, _text(*keys)) for name, (keys, desc) in _PLAIN.items()),
    *(SourceField(name, desc, _text("annotations", key)) for name, (key, desc) in _ANNOTATIONS.items()),
    *(_field(name, desc, _list(*keys), True) for name, (keys, desc) in _LISTS.items()),
    _field("ka.uri.param", "A parameter of the address: ka.uri.param[command]", _uri_param, argument=TEXT),
    _field("ka.target.pod.name", "Name of the pod, if it is one that is asked for", _pod_name),
    _field("ka.req.binding.subjects.user_names", "Users that a binding gives a role", _subjects("User", _name), True),
    _field("ka.req.binding.subjects.group_names", "Groups that a binding gives a role", _subjects("Group", _name), True),
    _field(
        "ka.req.binding.subjects.serviceaccount_names", "Service accounts that a binding gives a role",
        _subjects("ServiceAccount", _name), True,
    ),
    _field(
        "ka.req.binding.subjects.serviceaccount_ns_names", "The same as NAMESPACE:NAME", _subjects("ServiceAccount", _full_name),
        True,
    ),
    _field("ka.req.binding.subject.has_name", "Always true, as in Falco", lambda event, arg: "true", argument=TEXT),
    _field("ka.req.container.image", "Image of the first container", _first(_all("containers", "image"))),
    _field("ka.req.container.image.repository", "Repository of the first container's image", _first(_repositories("containers"))),
    _field("ka.req.container.privileged", "Whether any container is privileged", _privileged),
    *(field for kind in _KINDS for field in _of_containers(kind)),
    *(
        _field(f"ka.req.role.rules.{key}", f"{key} of the rules of a role", _of_rules(key), True, INDEX)
        for key in ("apiGroups", "nonResourceURLs", "verbs", "resources")
    ),
    _field(
        "ka.req.service.ports", "Ports of the service, as JSON", _several("requestObject", "spec", "ports"), True, INDEX
    ),
    _field("ka.req.pod.volumes.hostpath", "Paths of the host that are mounted", _HOST_PATHS, True, INDEX),
    _field(
        "ka.req.volume.hostpath", "Whether a path of the host is mounted: ka.req.volume.hostpath[/etc*]", _has_host_path,
        argument=TEXT,
    ),
    _field(
        "ka.req.pod.volumes.flexvolume_driver", "Drivers of flex volumes",
        _several("requestObject", "spec", "volumes", "flexVolume", "driver"), True, INDEX,
    ),
    _field("ka.req.pod.volumes.volume_type", "Types of the volumes", _volume_types, True, INDEX),
    _field("ka.sourceips", "Never has a value, as in Falco", _of_rules("sourceIPs"), True, INDEX),
    *(
        field
        for words in ("json", "jevt")
        for field in (
            SourceField(f"{words}.value", "What a JSON pointer points at: [/user/username]", json_value, argument=TEXT),
            SourceField(f"{words}.rawtime", "The time, ns since 1970", raw_time),
            SourceField(f"{words}.obj", "The whole event, as JSON of several lines", _json_obj),
        )
    ),
)  # fmt: skip
DESCRIPTIONS = {field.name: field.desc for field in FIELDS}
