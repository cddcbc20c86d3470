"""containerd's own containers: those of its namespaces that neither docker nor Kubernetes use, and what it tells of all.

Of a container it knows the OCI spec, from which the rest is worked out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from pysysdig.capture.engines.answers import (
    MAX_ITEMS,
    NO_ADDRESS,
    a_list,
    a_number,
    a_text,
    an_object,
    cpus,
    image_members,
    labels,
    split_image,
)
from pysysdig.capture.engines.engine import GONE, NEW, THERE, EngineError, EngineSettings, Hear, Json
from pysysdig.capture.engines.rpc import Caller, Headers
from pysysdig.state.cgroups import CT_CONTAINERD, SHORT_ID
from pysysdig.wire import Message, message, text

KUBERNETES = "k8s.io"
_OTHERS = frozenset({KUBERNETES, "moby"})  # namespaces of containers that other engines know better
_SERVICE = "/containerd.services."
_SUBSCRIBE = f"{_SERVICE}events.v1.Events/Subscribe"
_NEWS = {"/containers/create": NEW, "/containers/delete": GONE}
_MAX_LISTED = 4096
_IDENT = re.compile("[A-Za-z0-9._-]{1,12}")
_SANDBOX = "io.kubernetes.cri.sandbox-id"


class Told(NamedTuple):
    """A piece of news of a container."""

    namespace: str
    ident: str
    news: int


def subscribe(caller: Caller) -> Iterator[Told]:
    """What containerd tells of containers from now on. Raises EngineError."""
    envelopes = caller.stream(_SUBSCRIBE, b"".join(message(1, f'topic=="{topic}"'.encode()) for topic in _NEWS))
    return _told(envelopes)


def _told(envelopes: Iterator[Message]) -> Iterator[Told]:
    for envelope in envelopes:
        news = _NEWS.get(envelope.text(3))
        if news is not None:
            try:
                ident = envelope.message(4).message(2).text(1)
            except ValueError:
                continue
            yield Told(envelope.text(2), ident, news)


class Engine:
    """See engine.py."""

    def __init__(self, path: str, settings: EngineSettings) -> None:
        self._caller = Caller(path, settings.timeout)
        self._max_label = settings.max_label
        self._places: dict[str, tuple[str, str]] = {}  # short id -> namespace and id

    def ask(self, ident: str) -> Json:
        """See engine.Engine."""
        if not _IDENT.fullmatch(ident):
            raise EngineError("not an id", final=True)
        if ident not in self._places:
            for namespace in self._namespaces():
                for whole in self._ids(namespace):
                    self._note(namespace, whole)
        if ident not in self._places:
            raise EngineError("no such container")
        namespace, whole = self._places[ident]
        headers = (("containerd-namespace", namespace),)
        try:
            container = self._caller.call(f"{_SERVICE}containers.v1.Containers/Get", text(1, whole), headers).message(1)
            return self._described(ident, container, headers)
        except ValueError as error:
            raise EngineError(str(error)) from None

    def follow(self, hear: Hear, begun: Callable[[], None]) -> None:
        """See engine.Engine."""
        told = subscribe(self._caller)
        for namespace in self._namespaces():
            for whole in self._ids(namespace):
                hear(self._note(namespace, whole), THERE)
        begun()
        for namespace, whole, news in told:
            if namespace not in _OTHERS and whole:
                short = self._note(namespace, whole)
                if news == GONE:
                    self._places.pop(short, None)
                hear(short, news)

    def close(self) -> None:
        """See engine.Engine."""
        self._caller.close()

    def _note(self, namespace: str, whole: str) -> str:
        short = whole[:SHORT_ID]
        if len(self._places) >= _MAX_LISTED and short not in self._places:
            self._places.pop(next(iter(self._places)), None)
        self._places[short] = namespace, whole
        return short

    def _namespaces(self) -> list[str]:
        found = self._caller.entries(f"{_SERVICE}namespaces.v1.Namespaces/List", MAX_ITEMS)
        names = [item.text(1) for item in found]
        return [name for name in names if name and name.isascii() and name not in _OTHERS]

    def _ids(self, namespace: str) -> list[str]:
        headers = (("containerd-namespace", namespace),)
        found = self._caller.entries(f"{_SERVICE}containers.v1.Containers/List", _MAX_LISTED, headers=headers)
        return [ident for item in found if (ident := item.text(1))]

    def _digest(self, image: str, headers: Headers) -> str:
        """Of an image; "" if it is not known."""
        try:
            found = self._caller.call(f"{_SERVICE}images.v1.Images/Get", text(1, image), headers)
            return a_text(found.message(1).message(3).text(2))
        except (EngineError, ValueError):
            return ""

    def _described(self, ident: str, container: Message, headers: Headers) -> Json:
        """Raises ValueError."""
        spec = an_object(parsed(container.message(5).text(2)))
        image = a_text(container.text(3))
        digest = self._digest(image, headers) if image else ""
        repo, tag, _ = split_image(image)
        its_labels = labels(container.texts(2, MAX_ITEMS), self._max_label)
        linux, process = an_object(spec.get("linux")), an_object(spec.get("process"))
        kinds = {a_text(an_object(n).get("type")) for n in a_list(linux.get("namespaces"))}
        return {
            "id": ident,
            "type": CT_CONTAINERD,
            "full_id": a_text(container.text(1)),
            "name": ident,
            **image_members(image, (repo, tag, digest)),
            "privileged": _privileged(spec),
            "host_pid": bool(kinds) and "pid" not in kinds,
            "host_network": bool(kinds) and "network" not in kinds,
            "host_ipc": bool(kinds) and "ipc" not in kinds,
            "is_pod_sandbox": its_labels.get("io.cri-containerd.kind") == "sandbox",
            "created_time": container.message(8).number(1),
            "Mounts": [_mount(an_object(m), a_text(linux.get("rootfsPropagation"))) for m in a_list(spec.get("mounts"))],
            "User": str(a_number(an_object(process.get("user")).get("uid"))),
            "ip": NO_ADDRESS,
            "cni_json": "",
            "pod_sandbox_id": a_text(an_object(spec.get("annotations")).get(_SANDBOX)),
            "port_mappings": [],
            "labels": its_labels,
            "pod_sandbox_labels": {},
            "env": [],
            **limits(an_object(linux.get("resources"))),
        }


def parsed(given: str) -> object:
    """The JSON at the beginning of a text, None if there is none: an engine's own writes a bracket too many at the end."""
    try:
        return json.JSONDecoder().raw_decode(given)[0]
    except (ValueError, RecursionError):
        return None


def limits(resources: Json) -> Json:
    """Of memory and processors, from the resources of an OCI spec."""
    memory, cpu = an_object(resources.get("memory")), an_object(resources.get("cpu"))
    return {
        "memory_limit": a_number(memory.get("limit")),
        "swap_limit": a_number(memory.get("swap")),
        "cpu_shares": a_number(cpu.get("shares")) or 1024,
        "cpu_quota": a_number(cpu.get("quota")),
        "cpu_period": a_number(cpu.get("period")) or 100000,
        "cpuset_cpu_count": cpus(a_text(cpu.get("cpus"))),
    }


def _privileged(spec: Json) -> bool:
    """containerd does not say so: nothing is masked or confined, and /sys can be written to."""
    linux, process = an_object(spec.get("linux")), an_object(spec.get("process"))
    if linux.get("maskedPaths") or linux.get("readonlyPaths") or linux.get("seccomp"):
        return False
    if process.get("selinuxLabel") or process.get("apparmorProfile"):
        return False
    kernel = [an_object(m) for m in a_list(spec.get("mounts")) if an_object(m).get("type") in ("sysfs", "cgroup")]
    return bool(linux) and not any("ro" in a_list(m.get("options")) for m in kernel)


def _mount(given: Json, propagation: str) -> Json:
    options = [o for o in a_list(given.get("options")) if isinstance(o, str)]
    mode = next((o.removeprefix("mode=") for o in options if o.startswith("mode=")), "")
    places = {"Source": a_text(given.get("source")), "Destination": a_text(given.get("destination"))}
    return {**places, "Mode": mode[:64], "RW": "ro" not in options, "Propagation": propagation}
