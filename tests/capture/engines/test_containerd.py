"""containerd's own containers: those that neither docker nor Kubernetes has."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pysysdig.capture.engines.engine import GONE, NEW, THERE, EngineError, EngineSettings
from pysysdig.wire import Message, message, number, text
from tests.capture.cri_client import pairs
from tests.capture.fake_runtime import Answer, Runtime

pytest.importorskip("grpc", reason="the Python package grpcio is not installed")
from pysysdig.capture.engines.containerd import Engine  # noqa: E402

SERVICES = "/containerd.services."
SPEC: dict[str, Any] = {
    "process": {"user": {"uid": 5}},
    "mounts": [
        {"source": "/etc", "destination": "/host/etc", "options": ["rbind", "ro"]},
        {"type": "sysfs", "source": "sysfs", "destination": "/sys", "options": ["nosuid", "mode=755"]},
    ],
    "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}], "resources": {"cpu": {"shares": 7, "cpus": "0-1"}}},
}


def container(ident: str, spec: Any) -> bytes:
    body = text(1, ident) + pairs(2, {"tier": "front"}) + text(3, "r/bb:1.0")
    return body + message(5, text(1, "type") + text(2, json.dumps(spec))) + message(8, number(1, 77))


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    def get(question: bytes) -> bytes:
        return message(1, container({"demo1": "demo1"}[Message(question).text(1)], SPEC))

    answers: dict[str, Answer] = {
        SERVICES + "namespaces.v1.Namespaces/List": b"".join(message(1, text(1, n)) for n in ("moby", "default", "k8s.io")),
        SERVICES + "containers.v1.Containers/List": message(1, text(1, "demo1")),
        SERVICES + "containers.v1.Containers/Get": get,
        SERVICES + "images.v1.Images/Get": message(1, message(3, text(2, "sha256:9"))),
    }
    running = Runtime(tmp_path / "c.sock", answers, (SERVICES + "events.v1.Events/Subscribe",))
    yield running
    running.end()


def test_what_the_specification_says(runtime: Runtime) -> None:
    engine = Engine(runtime.path, EngineSettings())
    told = engine.ask("demo1")
    assert (told["id"], told["name"], told["type"], told["image"]) == ("demo1", "demo1", 7, "r/bb:1.0")
    assert (told["imagerepo"], told["imagetag"], told["imagedigest"]) == ("r/bb", "1.0", "sha256:9")
    assert (told["privileged"], told["host_network"], told["host_pid"], told["User"]) == (True, True, False, "5")
    assert told["Mounts"][0] == {"Source": "/etc", "Destination": "/host/etc", "Mode": "", "RW": False, "Propagation": ""}
    assert (told["Mounts"][1]["Mode"], told["labels"], told["created_time"]) == ("755", {"tier": "front"}, 77)
    assert (told["cpu_shares"], told["cpuset_cpu_count"]) == (7, 2)
    spaces = {value for headers in runtime.headers for key, value in headers if key == "containerd-namespace"}
    assert spaces == {"default"}
    with pytest.raises(EngineError):
        engine.ask("demo2")
    engine.close()


@pytest.mark.parametrize(
    "change",
    [
        {"linux": {**SPEC["linux"], "maskedPaths": ["/proc/kcore"]}},
        {"linux": {**SPEC["linux"], "seccomp": {"defaultAction": "x"}}},
        {"process": {"apparmorProfile": "x"}},
        {"mounts": [{"type": "cgroup", "options": ["ro"]}]},
        {"linux": {}},
        {"linux": 7, "mounts": "x", "process": []},
    ],
)
def test_what_makes_it_ordinary(runtime: Runtime, change: dict[str, Any]) -> None:
    runtime.answers[SERVICES + "containers.v1.Containers/Get"] = message(1, container("demo1", {**SPEC, **change}))
    told = Engine(runtime.path, EngineSettings()).ask("demo1")
    assert told["privileged"] is False
    assert not told["host_pid"]


def test_what_is_told(runtime: Runtime) -> None:
    heard: list[tuple[str, int]] = []
    enough = threading.Event()
    engine = Engine(runtime.path, EngineSettings())

    def hear(ident: str, news: int) -> None:
        heard.append((ident, news))
        if news == GONE:
            enough.set()

    def envelope(namespace: str, topic: str, ident: str) -> bytes:
        return text(2, namespace) + text(3, topic) + message(4, text(1, "t") + message(2, text(1, ident)))

    def begun() -> None:
        while not runtime.followed:
            threading.Event().wait(0.01)
        runtime.tell(envelope("moby", "/containers/create", "a" * 64))
        runtime.tell(envelope("mine", "/containers/create", "a-long-name-of-mine"))
        runtime.tell(envelope("mine", "/containers/delete", "a-long-name-of-mine"))

    def run() -> None:
        with pytest.raises(EngineError):
            engine.follow(hear, begun)

    thread = threading.Thread(target=run)
    thread.start()
    assert enough.wait(60)
    engine.close()
    thread.join(60)
    assert not thread.is_alive()
    assert heard == [("demo1", THERE), ("a-long-name-", NEW), ("a-long-name-", GONE)]
