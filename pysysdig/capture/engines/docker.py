"""Docker's HTTP API, which podman speaks too: what it says of a container, as the JSON of container events.

The answers are not trusted: values of a wrong type count as absent.
"""

from __future__ import annotations

import calendar
import ipaddress
import json
import re
import time
from typing import Any

from pysysdig.capture.engines.http import EngineError, get

_MAX_LABEL = 100  # longer ones are left out, as in sysdig
_MAX_ITEMS = 512  # labels, mounts, ports
_MAX_TEXT = 4096
_STATE_SUCCESSFUL = 1
_CMD_SHELL = "/bin/sh"
_IMAGE_ID = re.compile(r"[0-9a-f]{12,64}")

Json = dict[str, Any]


def look_up(path: str, ident: str, type_: int, owner: int = 0) -> str:
    """The JSON of the container event for a container.

    path: socket of its engine; ident: its short id; type_: CT_*; owner: user id whose podman it belongs to. Raises EngineError.
    """
    root = _object(get(path, f"/containers/{ident}/json"))
    if not root:
        raise EngineError("not a container")
    config, host, network = (_object(root.get(key)) for key in ("Config", "HostConfig", "NetworkSettings"))
    name = _text(root.get("Name")).removeprefix("/")
    labels = {k: v for k, v in _object(config.get("Labels")).items() if isinstance(v, str) and len(v) <= _MAX_LABEL}
    labels = dict(list(labels.items())[:_MAX_ITEMS])
    labels.pop("podman_owner_uid", None)
    if owner:
        labels["podman_owner_uid"] = str(owner)
    container: Json = {
        "id": ident,
        "full_id": _text(root.get("Id")),
        "type": type_,
        "name": name,
        **_image(path, _text(config.get("Image")), _text(root.get("Image"))),
        "privileged": host.get("Privileged") is True,
        "host_pid": host.get("PidMode") == "host",
        "host_network": host.get("NetworkMode") == "host",
        "host_ipc": host.get("IpcMode") == "host",
        "is_pod_sandbox": name.startswith("k8s_POD"),
        "lookup_state": _STATE_SUCCESSFUL,
        "created_time": _seconds(_text(root.get("Created"))),
        "Mounts": [_mount(m) for m in _list(root.get("Mounts")) if isinstance(m, dict)],
        "User": _text(config.get("User")),
        "ip": _address(_text(network.get("IPAddress")) or _shared_address(path, _text(host.get("NetworkMode")))),
        "cni_json": "",
        "pod_sandbox_id": "",
        "port_mappings": _ports(_object(network.get("Ports"))),
        "labels": labels,
        "pod_sandbox_labels": None,
        "env": [e for e in _list(config.get("Env")) if isinstance(e, str) and re.search("MESOS|MARATHON|mesos", e)],
        "memory_limit": _number(host.get("Memory")),
        "swap_limit": _number(host.get("MemorySwap")),
        "cpu_shares": _number(host.get("CpuShares")) or 1024,
        "cpu_quota": max(_number(host.get("CpuQuota")), _number(host.get("NanoCpus")) // 10000),
        "cpu_period": _number(host.get("CpuPeriod")) or 100000,
        "cpuset_cpu_count": _cpus(_text(host.get("CpusetCpus"))),
        "metadata_deadline": 0,
    }
    probe = _probe(_list(_object(config.get("Healthcheck")).get("Test")))
    if probe:
        container["Healthcheck"] = probe
    return json.dumps({"container": container}, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value[:_MAX_ITEMS] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _number(value: Any) -> int:
    return value if type(value) is int and -(1 << 63) <= value < 1 << 63 else 0


def _seconds(text: str) -> int:
    try:
        return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return 0


def _address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        return "0.0.0.0"


def _shared_address(path: str, mode: str) -> str:
    """The address of the container whose network another one shares."""
    shared = re.fullmatch("container:([0-9a-zA-Z_.-]{1,128})", mode)
    if not shared:
        return ""
    try:
        return _text(_object(_object(get(path, f"/containers/{shared[1]}/json")).get("NetworkSettings")).get("IPAddress"))
    except EngineError:
        return ""


def _mount(given: Json) -> Json:
    texts = {key: _text(given.get(key)) for key in ("Source", "Destination", "Mode", "Propagation")}
    return {**texts, "RW": given.get("RW") is True}


def _ports(given: Json) -> list[Json]:
    out = []
    for port, places in list(given.items())[:_MAX_ITEMS]:
        number = re.fullmatch(r"(\d{1,5})/tcp", port)
        for place in _list(places) if number else []:
            host, host_port = (_text(_object(place).get(key)) for key in ("HostIp", "HostPort"))
            if number and re.fullmatch(r"\d{1,5}", host_port):
                address = int(ipaddress.IPv4Address(_address(host)))
                out.append({"HostIp": address, "HostPort": int(host_port), "ContainerPort": int(number[1])})
    return out


def _cpus(text: str) -> int:
    """How many cpus a list like 0-3,7 names."""
    count = 0
    for first, last in re.findall(r"(\d{1,5})(?:-(\d{1,5}))?", text):
        count += max(int(last) - int(first) + 1, 0) if last else 1
    return count


def _probe(test: list[Any]) -> Json | None:
    """A health check: what it runs."""
    words = [w for w in test if isinstance(w, str)]
    if words[:1] == ["CMD"] and len(words) > 1:
        return {"exe": words[1], "args": words[2:]}
    if words[:1] == ["CMD-SHELL"] and len(words) > 1:
        return {"exe": _CMD_SHELL, "args": ["-c", words[1]]}
    return None


def split_image(text: str) -> tuple[str, str, str]:
    """(repository with its host, tag, digest) of an image's name, "" for what it does not say."""
    host, slash, rest = text.partition("/")
    if not slash:
        host, rest = "", text
    rest, _, digest = rest.partition("@")
    name, _, tag = rest.partition(":")
    return host + slash + name if slash else name, tag, digest


def _image(path: str, given: str, image: str) -> Json:
    """What is known of an image. given: the name the container was made with; image: its id, or its name in some versions of
    podman."""
    ident = ""
    if "/" in image:
        repo, tag, digest = split_image(image)
        tag = tag or "latest"
        details = _listed(path, f"{repo}:{tag}")
        ident = _text(details.get("Id")).rpartition(":")[2]
    else:
        ident = image.rpartition(":")[2]
        nameless = bool(given) and (ident.startswith(given) or image.startswith(given))
        repo, tag, digest = ("", "", "") if nameless else split_image(given)
        details = {}
        if _IMAGE_ID.fullmatch(ident) and (nameless or not digest or not tag):
            try:
                details = _object(get(path, f"/images/{ident}/json?digests=1"))
            except EngineError:
                pass  # the name has to do
    repo, tag, digest = _tagged(details, repo, tag, digest)
    return {
        "image": given,
        "imageid": ident,
        "imagerepo": repo,
        "imagetag": tag or "latest",
        "imagedigest": digest,
    }


def _listed(path: str, name: str) -> Json:
    """The entry of the list of images that has a name."""
    try:
        images = _list(get(path, "/images/json"))
    except EngineError:
        return {}
    return next((i for i in map(_object, images) if name in _list(i.get("Names"))), {})


def _tagged(details: Json, repo: str, tag: str, digest: str) -> tuple[str, str, str]:
    """Repository, tag and digest, completed by what the engine knows of the image."""
    if isinstance(details.get("Digest"), str):
        digest = _text(details["Digest"])
    else:
        digests = set()
        for item in filter(None, map(_text, _list(details.get("RepoDigests")))):
            its_repo, _, its_digest = item.partition("@")
            digests.add(its_digest)
            repo = repo or its_repo
            if repo in item:
                digest = its_digest
                break
        if not digest and len(digests) == 1:
            digest = digests.pop()
    for item in filter(None, map(_text, _list(details.get("RepoTags")))):
        its_repo, _, its_tag = item.rpartition(":")
        repo = repo or its_repo
        if repo in item:
            tag = its_tag
            break
    return repo, tag, digest
