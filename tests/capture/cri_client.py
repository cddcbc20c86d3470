"""What a kubelet asks of a container runtime: pods and containers in them, by CRI v1."""

from __future__ import annotations

from typing import NamedTuple

from pysysdig.capture.engines.rpc import Caller
from pysysdig.wire import message, number, text

_RUNTIME = "/runtime.v1.RuntimeService/"
_NODE, _CONTAINER = 2, 1  # kinds of namespaces: the machine's, the container's own
UID = "12345678-aaaa-bbbb-cccc-1234567890ab"


def pairs(field: int, items: dict[str, str]) -> bytes:
    """A map of texts."""
    return b"".join(message(field, text(1, key) + text(2, value)) for key, value in items.items())


class Mounted(NamedTuple):
    """A directory of the machine in a container."""

    source: str
    dest: str
    readonly: bool = False


class Client:
    """At the socket of a runtime."""

    def __init__(self, path: str) -> None:
        self._caller = Caller(path, 60)

    def close(self) -> None:
        self._caller.close()

    def pod(self, name: str, namespace: str, logs: str, labels: dict[str, str]) -> tuple[str, bytes]:
        """Run a pod in the machine's network; its id and configuration."""
        config = message(1, text(1, name) + text(2, UID) + text(3, namespace)) + text(3, logs) + pairs(6, labels)
        spaces = number(1, _NODE) + number(2, _CONTAINER)
        config += message(8, text(1, f"/kubepods/besteffort/pod{UID}") + message(2, message(1, spaces) + number(6, 1)))
        answer = self._caller.call(_RUNTIME + "RunPodSandbox", message(1, config))
        return answer.text(1), config

    def container(
        self,
        pod: tuple[str, bytes],
        name: str,
        image: str,
        command: list[str],
        privileged: bool = False,
        mounts: tuple[Mounted, ...] = (),
        labels: dict[str, str] | None = None,
    ) -> str:
        """Create a container and start it; its id."""
        config = message(1, text(1, name)) + message(2, text(1, image)) + b"".join(message(3, w.encode()) for w in command)
        for m in mounts:
            config += message(7, text(1, m.dest) + text(2, m.source) + number(3, m.readonly))
        config += pairs(9, labels or {}) + text(11, f"{name}.log")
        spaces = number(1, _NODE) + number(2, _CONTAINER)
        config += message(15, message(2, number(2, privileged) + message(3, spaces)))
        ident = self._caller.call(_RUNTIME + "CreateContainer", text(1, pod[0]) + message(2, config) + message(3, pod[1])).text(1)
        self._caller.call(_RUNTIME + "StartContainer", text(1, ident))
        return ident

    def remove(self, pod: str) -> None:
        """A pod and all in it."""
        self._caller.call(_RUNTIME + "StopPodSandbox", text(1, pod))
        self._caller.call(_RUNTIME + "RemovePodSandbox", text(1, pod))
