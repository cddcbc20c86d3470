"""What a container runtime says of a container and its pod, as the members of the event about it."""

from __future__ import annotations

import json
from collections.abc import Callable

from pysysdig.capture.engines.answers import (
    MAX_ITEMS,
    MAX_TEXT,
    NO_ADDRESS,
    SANDBOX_LABEL,
    a_list,
    a_text,
    address,
    an_object,
    image_members,
    labels,
    split_image,
)
from pysysdig.capture.engines.containerd import limits, parsed
from pysysdig.capture.engines.engine import Json
from pysysdig.wire import Message

_NODE = 2  # a namespace is the machine's
_PROPAGATIONS = ("private", "rslave", "rshared")
_IMAGE_NAMES = ("io.kubernetes.cri.image-name", "io.kubernetes.cri-o.Image", "io.kubernetes.cri-o.ImageName")
_CNI = "io.kubernetes.cri-o.CNIResult"
_LABELS = ((1, "io.kubernetes.pod.name"), (2, "io.kubernetes.pod.uid"), (3, "io.kubernetes.pod.namespace"))
_SECOND = 10**9


def container_of(answer: Message, pod_of: Callable[[str], Message | None], max_label: int) -> Json:
    """answer: ContainerStatusResponse; pod_of: the PodSandboxStatusResponse of a sandbox, None if there is none. `imageid` is ""
    if the answer does not tell. Raises ValueError."""
    status, info = answer.message(1), _info(answer)
    spec = an_object(info.get("runtimeSpec"))
    sandbox = a_text(info.get("sandboxID"))
    pod = pod_of(sandbox) if sandbox else None
    its_labels = labels(status.texts(12, MAX_ITEMS), max_label)
    if pod is not None:
        its_labels |= {k: v for k, v in _pod_labels(pod.message(1)).items() if k not in its_labels}
    if sandbox:
        its_labels[SANDBOX_LABEL] = sandbox
    environment = [f"{a_text(e.get('key'))}={a_text(e.get('value'))}" for e in map(an_object, a_list(_config(info).get("envs")))]
    return {
        "full_id": a_text(status.text(1)),
        "name": a_text(status.message(2).text(1)),
        **_image(status, info),
        "privileged": _privileged(info),
        "is_pod_sandbox": False,
        "created_time": status.number(4) // _SECOND,
        "Mounts": [_mount(m) for m in status.all(14, MAX_ITEMS)],
        "User": _user(spec),
        "pod_sandbox_id": sandbox,
        "labels": its_labels,
        "port_mappings": [],
        "env": [e for e in environment if any(word in e for word in ("MESOS", "MARATHON", "mesos"))],
        **_limits(status, spec),
        **_network(pod, max_label),
    }


def sandbox_of(answer: Message, max_label: int) -> Json:
    """The members for a pod's sandbox. answer: PodSandboxStatusResponse. Raises ValueError."""
    status, info = answer.message(1), _info(answer)
    spec = an_object(info.get("runtimeSpec"))
    image = a_text(info.get("image")) or a_text(an_object(spec.get("annotations")).get(_IMAGE_NAMES[1]))
    return {
        "full_id": a_text(status.text(1)),
        "name": a_text(status.message(2).text(1)),
        **image_members(image, split_image(image)),
        "privileged": _privileged(info),
        "is_pod_sandbox": True,
        "created_time": status.number(4) // _SECOND,
        "Mounts": [],
        "User": _user(spec),
        "pod_sandbox_id": a_text(status.text(1)),
        "labels": {**labels(status.texts(7, MAX_ITEMS), max_label), **_pod_labels(status)},
        "port_mappings": [],
        "env": [],
        **limits(an_object(an_object(spec.get("linux")).get("resources"))),
        **_network(answer, max_label),
    }


def _info(answer: Message) -> Json:
    """What a runtime adds when it is to be verbose."""
    return an_object(parsed(answer.texts(2, MAX_ITEMS).get("info", "")))


def _config(info: Json) -> Json:
    return an_object(info.get("config"))


def _pod_labels(status: Message) -> dict[str, str]:
    """The labels that Kubernetes gives to containers, of what a sandbox is called."""
    return {label: value for field, label in _LABELS if (value := a_text(status.message(2).text(field)))}


def _user(spec: Json) -> str:
    uid = an_object(an_object(spec.get("process")).get("user")).get("uid")
    return str(uid) if type(uid) is int else "<NA>"


def _image(status: Message, info: Json) -> Json:
    given, reference = a_text(status.message(8).text(1)), a_text(status.text(9))
    name, digest, named = given, "", False
    at = reference.find("sha256:")
    if at >= 0:
        digest = reference[at:]
        if at and reference[at - 1] == "@":
            name, named = reference[: at - 1], True
    if not name or name.startswith("sha256"):
        annotations = an_object(an_object(info.get("runtimeSpec")).get("annotations"))
        name = next(filter(None, (a_text(annotations.get(key)) for key in _IMAGE_NAMES)), name)
    repo, tag, _ = split_image(name)
    if named:
        tag = split_image(given)[1]
    configured = a_text(an_object(_config(info).get("image")).get("image"))
    shown = f"{name}:{tag}" if named and tag else name
    return image_members(shown, (repo, tag, digest), configured.partition(":")[2] or configured)


def _privileged(info: Json) -> bool:
    spec = an_object(an_object(info.get("runtimeSpec")).get("linux"))
    if not spec:
        return False
    places = (spec, an_object(_config(info).get("linux")))
    told = (an_object(place.get("security_context")).get("privileged") for place in places)
    return any(t is True for t in told) or info.get("privileged") is True


def _mount(given: Message) -> Json:
    propagation = given.number(5)
    return {
        "Source": a_text(given.text(2)),
        "Destination": a_text(given.text(1)),
        "Mode": "",
        "RW": not given.number(3),
        "Propagation": _PROPAGATIONS[propagation] if 0 <= propagation < len(_PROPAGATIONS) else "unknown",
    }


def _limits(status: Message, spec: Json) -> Json:
    resources = an_object(an_object(spec.get("linux")).get("resources"))
    if resources or not status.has(16):
        return limits(resources)
    linux = status.message(16).message(1)
    memory = {"limit": linux.number(4), "swap": linux.number(10)}
    cpu = {"shares": linux.number(3), "quota": linux.number(2), "period": linux.number(1), "cpus": linux.text(6)}
    return limits({"memory": memory, "cpu": cpu})


def _network(pod: Message | None, max_label: int) -> Json:
    """What a container has of its pod: address, namespaces, labels."""
    if pod is None:
        nothing: Json = {"ip": NO_ADDRESS, "cni_json": "", "pod_sandbox_labels": None}
        return {**nothing, "host_pid": False, "host_network": False, "host_ipc": False}
    status = pod.message(1)
    options = status.message(6).message(1).message(2)
    network, pid, ipc = (options.number(field) == _NODE for field in (1, 2, 3))
    return {
        "ip": NO_ADDRESS if network else address(status.message(5).text(1)),
        "cni_json": _cni(_info(pod)),
        "pod_sandbox_labels": labels(status.texts(7, MAX_ITEMS), max_label),
        "host_pid": pid,
        "host_network": network,
        "host_ipc": ipc,
    }


def _cni(info: Json) -> str:
    """The result of the network plugins, without what is of no use: loopback, the machine's ends, hardware addresses."""
    found = an_object(an_object(info.get("cniResult")).get("Interfaces"))
    if found:
        shown = {
            name: {k: v for k, v in an_object(interface).items() if k not in ("Mac", "Sandbox")}
            for name, interface in found.items()
            if name != "lo" and not name.startswith("veth")
        }
        return json.dumps(shown, sort_keys=True, separators=(",", ":"))[:MAX_TEXT]
    annotations = an_object(an_object(info.get("runtimeSpec")).get("annotations"))
    return a_text(annotations.get(_CNI))
