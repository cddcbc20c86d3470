"""Docker's HTTP API, which podman speaks too: what it says of a container, and of containers that come and go."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from pysysdig.capture.engines.answers import (
    MAX_ITEMS,
    SANDBOX_LABEL,
    a_list,
    a_number,
    a_text,
    address,
    an_object,
    cpus,
    full_id,
    image_members,
    labels,
    seconds,
    short_id,
    split_image,
)
from pysysdig.capture.engines.engine import GONE, NEW, THERE, EngineError, EngineSettings, Hear, Json
from pysysdig.capture.engines.http import Following, get
from pysysdig.state.cgroups import CT_DOCKER

_CMD_SHELL = "/bin/sh"
_IMAGE_ID = re.compile(r"[0-9a-f]{12,64}")
_IDENT = re.compile("[0-9a-f]{12}")
# podman calls removed what docker calls destroyed
_NEWS = {"create": NEW, "destroy": GONE, "remove": GONE}
_FILTERS = quote(json.dumps({"type": ["container"], "event": list(_NEWS)}, separators=(",", ":")))
_EVENTS = f"/events?filters={_FILTERS}"
_LIST = "/containers/json?all=1"
_ALIVE = ("created", "running", "paused", "restarting")
_MAX_LISTED = 4096
_KIND, _POD = "io.kubernetes.docker.type", "podsandbox"  # label that Kubernetes gives containers; that of a pod's sandbox


class Engine:
    """See engine.py. type: CT_* of its containers; owner: user id whose podman it is, 0 for the machine's."""

    type = CT_DOCKER
    owner = 0

    def __init__(self, path: str, settings: EngineSettings) -> None:
        self._path = path
        self._max_label = settings.max_label
        self._following: Following | None = None

    def ask(self, ident: str) -> Json:
        """See engine.Engine."""
        if not _IDENT.fullmatch(ident):
            raise EngineError("not an id", final=True)
        root = an_object(get(self._path, f"/containers/{ident}/json"))
        if not root:
            raise EngineError("not a container")
        container = {"id": ident, "type": self.type, **_described(self._path, root, self._max_label)}
        if self.owner:
            container["labels"]["podman_owner_uid"] = str(self.owner)
        return container

    def follow(self, hear: Hear, begun: Callable[[], None]) -> None:
        """See engine.Engine."""
        following = self._following = Following(self._path, _EVENTS)
        try:
            # after the events have begun: what comes in between is told twice rather than not at all
            for ident in _listed(get(self._path, _LIST)):
                hear(ident, THERE)
            begun()
            for event in following:
                ident = short_id(event.get("id")) or short_id(_actor(event))
                news = _NEWS.get(a_text(event.get("Action")) or a_text(event.get("status")))
                if ident and news is not None:
                    hear(ident, news)
        finally:
            following.close()

    def close(self) -> None:
        """See engine.Engine."""
        following = self._following
        if following is not None:
            following.close()


def _actor(event: Json) -> Any:
    actor = event.get("Actor")
    return actor.get("ID") if isinstance(actor, dict) else None


def _listed(answer: Any) -> list[str]:
    """Ids of the containers that run, or are going to."""
    entries = [e for e in answer if isinstance(e, dict)] if isinstance(answer, list) else []
    return [i for e in entries[:_MAX_LISTED] if e.get("State") in _ALIVE and (i := short_id(e.get("Id")))]


def _described(path: str, root: Json, max_label: int) -> Json:
    """What an answer says of a container."""
    config, host, network = (an_object(root.get(key)) for key in ("Config", "HostConfig", "NetworkSettings"))
    name = a_text(root.get("Name")).removeprefix("/")
    its_labels = labels(config.get("Labels"), max_label)
    its_labels.pop("podman_owner_uid", None)
    container: Json = {
        "full_id": a_text(root.get("Id")),
        "name": name,
        **_image(path, a_text(config.get("Image")), a_text(root.get("Image"))),
        "privileged": host.get("Privileged") is True,
        "host_pid": host.get("PidMode") == "host",
        "host_network": host.get("NetworkMode") == "host",
        "host_ipc": host.get("IpcMode") == "host",
        "is_pod_sandbox": name.startswith("k8s_POD"),
        "created_time": seconds(a_text(root.get("Created"))),
        "Mounts": [_mount(m) for m in a_list(root.get("Mounts")) if isinstance(m, dict)],
        "User": a_text(config.get("User")),
        "ip": address(a_text(network.get("IPAddress")) or _shared_address(path, a_text(host.get("NetworkMode")))),
        "cni_json": "",
        "port_mappings": _ports(an_object(network.get("Ports"))),
        "labels": its_labels,
        **_pod(a_text(root.get("Id")), an_object(config.get("Labels")), its_labels),
        "env": [e for e in a_list(config.get("Env")) if isinstance(e, str) and re.search("MESOS|MARATHON|mesos", e)],
        "memory_limit": a_number(host.get("Memory")),
        "swap_limit": a_number(host.get("MemorySwap")),
        "cpu_shares": a_number(host.get("CpuShares")) or 1024,
        "cpu_quota": max(a_number(host.get("CpuQuota")), a_number(host.get("NanoCpus")) // 10000),
        "cpu_period": a_number(host.get("CpuPeriod")) or 100000,
        "cpuset_cpu_count": cpus(a_text(host.get("CpusetCpus"))),
    }
    probe = _probe(a_list(an_object(config.get("Healthcheck")).get("Test")))
    if probe:
        container["Healthcheck"] = probe
    return container


def _pod(ident: str, given: Json, its_labels: dict[str, str]) -> Json:
    """What is known of the pod of a container that Kubernetes has made through docker (dockershim, cri-dockerd), which says so in
    labels. The libraries leave it out, and so have no k8s.* in the older generation."""
    if given.get(_KIND) == _POD:
        return {"pod_sandbox_id": ident, "pod_sandbox_labels": its_labels}
    return {"pod_sandbox_id": full_id(given.get(SANDBOX_LABEL)), "pod_sandbox_labels": None}


def _shared_address(path: str, mode: str) -> str:
    """The address of the container whose network another one shares."""
    shared = re.fullmatch("container:([0-9a-zA-Z_.-]{1,128})", mode)
    if not shared:
        return ""
    try:
        return a_text(an_object(an_object(get(path, f"/containers/{shared[1]}/json")).get("NetworkSettings")).get("IPAddress"))
    except EngineError:
        return ""


def _mount(given: Json) -> Json:
    texts = {key: a_text(given.get(key)) for key in ("Source", "Destination", "Mode", "Propagation")}
    return {**texts, "RW": given.get("RW") is True}


def _ports(given: Json) -> list[Json]:
    out = []
    for port, places in list(given.items())[:MAX_ITEMS]:
        number = re.fullmatch(r"(\d{1,5})/tcp", port)
        for place in a_list(places) if number else []:
            host, host_port = (a_text(an_object(place).get(key)) for key in ("HostIp", "HostPort"))
            if number and re.fullmatch(r"\d{1,5}", host_port):
                number_of_host = int(ipaddress.IPv4Address(address(host)))
                out.append({"HostIp": number_of_host, "HostPort": int(host_port), "ContainerPort": int(number[1])})
    return out


def _probe(test: list[Any]) -> Json | None:
    """A health check: what it runs."""
    words = [w for w in test if isinstance(w, str)]
    if words[:1] == ["CMD"] and len(words) > 1:
        return {"exe": words[1], "args": words[2:]}
    if words[:1] == ["CMD-SHELL"] and len(words) > 1:
        return {"exe": _CMD_SHELL, "args": ["-c", words[1]]}
    return None


def _image(path: str, given: str, image: str) -> Json:
    """What is known of an image. given: the name the container was made with; image: its id, or its name in some versions of
    podman."""
    ident = ""
    if "/" in image:
        repo, tag, digest = split_image(image)
        tag = tag or "latest"
        details = _image_named(path, f"{repo}:{tag}")
        ident = a_text(details.get("Id")).rpartition(":")[2]
    else:
        ident = image.rpartition(":")[2]
        nameless = bool(given) and (ident.startswith(given) or image.startswith(given))
        repo, tag, digest = ("", "", "") if nameless else split_image(given)
        details = {}
        if _IMAGE_ID.fullmatch(ident) and (nameless or not digest or not tag):
            try:
                details = an_object(get(path, f"/images/{ident}/json?digests=1"))
            except EngineError:
                pass  # the name has to do
    repo, tag, digest = _tagged(details, repo, tag, digest)
    return image_members(given, (repo, tag or "latest", digest), ident)


def _image_named(path: str, name: str) -> Json:
    """The entry of the list of images that has a name."""
    try:
        images = a_list(get(path, "/images/json"))
    except EngineError:
        return {}
    return next((i for i in map(an_object, images) if name in a_list(i.get("Names"))), {})


def _tagged(details: Json, repo: str, tag: str, digest: str) -> tuple[str, str, str]:
    """Repository, tag and digest, completed by what the engine knows of the image."""
    if isinstance(details.get("Digest"), str):
        digest = a_text(details["Digest"])
    else:
        digests = set()
        for item in filter(None, map(a_text, a_list(details.get("RepoDigests")))):
            its_repo, _, its_digest = item.partition("@")
            digests.add(its_digest)
            repo = repo or its_repo
            if repo in item:
                digest = its_digest
                break
        if not digest and len(digests) == 1:
            digest = digests.pop()
    for item in filter(None, map(a_text, a_list(details.get("RepoTags")))):
        its_repo, _, its_tag = item.rpartition(":")
        repo = repo or its_repo
        if repo in item:
            tag = its_tag
            break
    return repo, tag, digest
