"""The fields as Falco <= 0.31 had them itself (docs/kubernetes.md), of the type JSON (eventsources/json_values.py).

All have values always: <NA> where there is none. What is odd is so on purpose: rules were written for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

import numpy as np
import numpy.typing as npt

from pysysdig.eventsources.json_values import JSON, NO_VALUE
from pysysdig.eventsources.jsontext import MISSING, compact, pointer
from pysysdig.eventsources.jsontext import at as pointed_at
from pysysdig.eventsources.k8s_audit.plugin_fields import DESCRIPTIONS, raw_time
from pysysdig.eventsources.model import INDEX, NO_ARGUMENT, TEXT, SourceField
from pysysdig.eventsources.timestamps import nanoseconds
from pysysdig.render import times

Texts = tuple[str, ...]
Extract = Callable[[Any, Any], Texts | None]  # None: no value
Pair = tuple[Texts, Texts]  # see json_values
_NOTHING: Texts = (NO_VALUE,)
_NONE: Pair = (_NOTHING, _NOTHING)
_CONTAINERS = ("requestObject", "spec", "containers")
_VOLUMES = ("requestObject", "spec", "volumes")
_SECURITY = "securityContext"

# fields whose values lie behind one path, or behind a path in each element of an array
_PATHS: dict[str, tuple[tuple[str, ...], ...]] = {
    "ka.auditid": (("auditID",),),
    "ka.stage": (("stage",),),
    "ka.auth.decision": (("annotations", "authorization.k8s.io/decision"),),
    "ka.auth.reason": (("annotations", "authorization.k8s.io/reason"),),
    "ka.user.name": (("user", "username"),),
    "ka.user.groups": (("user", "groups"),),
    "ka.impuser.name": (("impersonatedUser", "username"),),
    "ka.verb": (("verb",),),
    "ka.uri": (("requestURI",),),
    "ka.target.name": (("objectRef", "name"),),
    "ka.target.namespace": (("objectRef", "namespace"),),
    "ka.target.resource": (("objectRef", "resource"),),
    "ka.target.subresource": (("objectRef", "subresource"),),
    "ka.req.binding.subjects": (("requestObject", "subjects"),),
    "ka.req.binding.role": (("requestObject", "roleRef", "name"),),
    "ka.req.configmap.name": (("objectRef", "name"),),
    "ka.req.configmap.obj": (("requestObject", "data"),),
    "ka.req.container.image": ((*_CONTAINERS, "0", "image"),),
    "ka.req.pod.host_ipc": (("requestObject", "spec", "hostIPC"),),
    "ka.req.pod.host_network": (("requestObject", "spec", "hostNetwork"),),
    "ka.req.container.host_network": (("requestObject", "spec", "hostNetwork"),),
    "ka.req.pod.host_pid": (("requestObject", "spec", "hostPID"),),
    "ka.req.pod.run_as_user": (("requestObject", "spec", _SECURITY, "runAsUser"),),
    "ka.req.pod.run_as_group": (("requestObject", "spec", _SECURITY, "runAsGroup"),),
    "ka.req.pod.fs_group": (("requestObject", "spec", _SECURITY, "fsGroup"),),
    "ka.req.pod.supplemental_groups": (("requestObject", "spec", _SECURITY, "supplementalGroups"),),
    "ka.req.role.rules": (("requestObject", "rules"),),
    "ka.req.service.type": (("requestObject", "spec", "type"),),
    "ka.req.service.ports": (("requestObject", "spec", "ports"),),
    "ka.resp.name": (("responseObject", "metadata", "name"),),
    "ka.response.code": (("responseStatus", "code"),),
    "ka.response.reason": (("responseStatus", "reason"),),
    "ka.useragent": (("userAgent",),),
    "ka.req.pod.containers.privileged": (_CONTAINERS, (_SECURITY, "privileged")),
    "ka.req.pod.containers.allow_privilege_escalation": (_CONTAINERS, (_SECURITY, "allowPrivilegeEscalation")),
    "ka.req.pod.containers.read_only_fs": (_CONTAINERS, (_SECURITY, "readOnlyRootFilesystem")),
    "ka.req.pod.containers.run_as_user": (_CONTAINERS, (_SECURITY, "runAsGroup")),  # Falco's mistake
    "ka.req.pod.containers.run_as_group": (_CONTAINERS, (_SECURITY, "runAsGroup")),
    "ka.req.pod.containers.proc_mount": (_CONTAINERS, (_SECURITY, "procMount")),
    "ka.req.pod.containers.add_capabilities": (_CONTAINERS, (_SECURITY, "capabilities", "add")),
    "ka.req.pod.volumes.hostpath": (_VOLUMES, ("hostPath", "path")),
    "ka.req.pod.volumes.flexvolume_driver": (_VOLUMES, ("flexVolume", "driver")),
}
_INDEXED = {name for name, paths in _PATHS.items() if len(paths) > 1} | {"ka.req.service.ports"}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else compact(value, keys_sorted=True)


def _along(value: Any, paths: tuple[tuple[str, ...], ...]) -> list[str]:
    """The texts behind paths: arrays at the end of one are entered, and go on with the next."""
    first, *rest = paths
    found = pointed_at(value, first)
    if found is MISSING:
        return [NO_VALUE]
    if not isinstance(found, list):
        return [_text(found)]
    if not rest:
        return [_text(item) for item in found]
    return [text for item in found for text in _along(item, tuple(rest))]


def _pointed(paths: tuple[tuple[str, ...], ...]) -> Callable[[Any, Any], Pair]:
    """A field by its paths; an index chooses what is shown and put in order, not what is compared."""

    def get(event: Any, index: Any) -> Pair:
        values = tuple(_along(event, paths))
        if index is None:
            return values, values
        return ((values[index],), values) if 0 <= index < len(values) else _NONE

    return get


def _extracted(extract: Extract) -> Callable[[Any, Any], Pair]:
    """A field with a function of its own, which knows no index."""

    def get(event: Any, arg: Any) -> Pair:
        values = extract(event, arg)
        return _NONE if values is None else (values, values)

    return get


def _list(event: Any, path: tuple[str, ...]) -> list[Any] | None:
    found = pointed_at(event, path)
    return found if isinstance(found, list) else None


def _images(event: Any, arg: Any) -> Texts | None:
    containers = _list(event, _CONTAINERS)
    if containers is None:
        return None
    found = [pointed_at(container, ("image",)) for container in containers]
    return None if MISSING in found else tuple(map(_text, found))


def _repository(image: str) -> str:
    """Without tag and digest."""
    host, slash, name = image.partition("/")
    rest = name if slash else image
    rest = rest.partition("@")[0].partition(":")[0]
    return f"{host}/{rest}" if slash else rest


def _repositories(event: Any, arg: Any) -> Texts | None:
    found = _images(event, None)
    return None if found is None else tuple(map(_repository, found))


def _first_repository(event: Any, arg: Any) -> Texts | None:
    found = pointed_at(event, (*_CONTAINERS, "0", "image"))
    return None if found is MISSING else (_repository(_text(found)),)


def _any_privileged(event: Any, arg: Any) -> Texts | None:
    containers = _list(event, _CONTAINERS)
    if containers is None:
        return None
    return ("true" if any(pointed_at(c, (_SECURITY, "privileged")) is True for c in containers) else "false",)


def _ports(event: Any, arg: Any) -> Texts | None:
    containers = _list(event, _CONTAINERS)
    if containers is None:
        return None
    out = []
    for container in containers:
        for port in _list(container, ("ports",)) or ():
            number = pointed_at(port, ("hostPort",))
            number = pointed_at(port, ("containerPort",)) if number is MISSING else number
            if number is not MISSING:
                out.append(_text(number))
    return tuple(out)


def _effective(key: str) -> Extract:
    def extract(event: Any, arg: Any) -> Texts | None:
        containers = _list(event, _CONTAINERS)
        if containers is None:
            return None
        pod = pointed_at(event, ("requestObject", "spec", _SECURITY, key))
        found = [pointed_at(container, (_SECURITY, key)) for container in containers]
        return tuple(_text(0 if pod is MISSING else pod) if value is MISSING else _text(value) for value in found)

    return extract


def _of_rules(key: str) -> Extract:
    def extract(event: Any, arg: Any) -> Texts | None:
        rules = _list(event, ("requestObject", "rules"))
        return None if rules is None else tuple(_text(item) for rule in rules for item in _list(rule, (key,)) or ())

    return extract


def _volume_types(event: Any, arg: Any) -> Texts | None:
    volumes = _list(event, _VOLUMES)
    if volumes is None:
        return None
    return tuple(key for volume in volumes if isinstance(volume, dict) for key in sorted(volume) if key != "name")


def _host_path(event: Any, path: Any) -> Texts | None:
    """Never true: Falco compared a path with an object."""
    return None if _list(event, _VOLUMES) is None else ("false",)


def _uri_param(event: Any, name: Any) -> Texts | None:
    uri = pointed_at(event, ("requestURI",))
    parts = uri.split("?") if isinstance(uri, str) else []
    if len(parts) != 2:
        return None
    for part in parts[1].split("&"):
        words = part.split("=")
        if len(words) == 2 and unquote_plus(words[0]) == name:
            return (words[1],)
    return None


def _json_value(event: Any, written: Any) -> Texts | None:
    found = pointed_at(event, pointer(written))
    return None if found is MISSING else (_text(found),)


def _time(event: Any) -> npt.NDArray[np.uint64]:
    return np.array([nanoseconds(event.get("stageTimestamp"))], np.uint64)


def _local_time(event: Any, arg: Any) -> Texts:
    return (str(times.stamps(_time(event)).items[0]),)


def _iso_time(event: Any, arg: Any) -> Texts:
    return (f"{np.datetime_as_string(_time(event).astype('datetime64[ns]'))[0]}+0000",)


_EXTRACTED: dict[str, tuple[Extract, str]] = {
    "ka.uri.param": (_uri_param, TEXT),
    "ka.req.binding.subject.has_name": (lambda event, arg: ("true",), TEXT),
    "ka.req.pod.containers.image": (_images, INDEX),
    "ka.req.pod.containers.image.repository": (_repositories, INDEX),
    "ka.req.container.image.repository": (_first_repository, NO_ARGUMENT),
    "ka.req.container.privileged": (_any_privileged, NO_ARGUMENT),
    "ka.req.pod.containers.host_port": (_ports, INDEX),
    "ka.req.pod.containers.eff_run_as_user": (_effective("runAsUser"), INDEX),
    "ka.req.pod.containers.eff_run_as_group": (_effective("runAsGroup"), INDEX),
    **{f"ka.req.role.rules.{key}": (_of_rules(key), INDEX) for key in ("apiGroups", "nonResourceURLs", "verbs", "resources")},
    "ka.req.pod.volumes.volume_type": (_volume_types, INDEX),
    "ka.req.volume.hostpath": (_host_path, TEXT),
    "jevt.value": (_json_value, TEXT),
    "jevt.obj": (lambda event, arg: (compact(event, keys_sorted=True),), NO_ARGUMENT),
    "jevt.rawtime": (lambda event, arg: (raw_time(event, arg),), NO_ARGUMENT),
    "jevt.time": (_local_time, NO_ARGUMENT),
    "jevt.time.iso8601": (_iso_time, NO_ARGUMENT),
}  # fmt: skip


def _field(name: str, get: Callable[[Any, Any], Pair], argument: str) -> SourceField:
    def show(event: Any, arg: Any) -> str:
        shown = get(event, arg)[0]
        return shown[0] if len(shown) == 1 else f"({','.join(shown)})"

    return SourceField(name, DESCRIPTIONS.get(name, ""), get, JSON, argument=argument, show=show)


FIELDS: tuple[SourceField, ...] = (
    *(_field(name, _pointed(paths), INDEX if name in _INDEXED else NO_ARGUMENT) for name, paths in _PATHS.items()),
    *(_field(name, _extracted(extract), argument) for name, (extract, argument) in _EXTRACTED.items()),
)
