"""Container runtimes by CRI: what they say becomes container events, whatever version they speak and however they tell."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pysysdig.capture.engines.engine import GONE, NEW, THERE, EngineError, EngineSettings
from pysysdig.wire import Message, message, number, text
from tests.capture.fake_runtime import CRI, Runtime, container_status, pod_status, version

pytest.importorskip("grpc", reason="the Python package grpcio is not installed")
from pysysdig.capture.engines.cri import Engine  # noqa: E402

FULL, POD = "0123456789ab" * 5 + "0123", "fedcba987654" * 5 + "3210"
STATUS = {"id": FULL, "metadata": {"name": "web"}, "created_at": 5 * 10**9, "image": {"image": "r/web:2"}, "labels": {"a": "b"}}
META = {"name": "web-0", "uid": "u1", "namespace": "shop"}
EVENTS = CRI + "GetContainerEvents"
SUBSCRIBE = "/containerd.services.events.v1.Events/Subscribe"


def _container(question: bytes) -> bytes:
    ident = Message(question).text(1)
    if not FULL.startswith(ident):
        raise KeyError(ident)
    return container_status(STATUS, {"sandboxID": POD, "runtimeSpec": {"linux": {}}})


def _pod(question: bytes) -> bytes:
    ident = Message(question).text(1)
    if not POD.startswith(ident):
        raise KeyError(ident)
    return pod_status({"id": POD, "metadata": META, "labels": {"app": "x"}, "network": {"ip": "10.0.0.7"}})


def _listed(*entries: tuple[str, int]) -> bytes:
    """ListContainersResponse."""
    return b"".join(message(1, text(1, ident) + number(6, state) + number(3, 0)) for ident, state in entries)


def answers(service: str = CRI, name: str = "containerd") -> dict[str, object]:
    return {
        service + "Version": version(name),
        service + "ContainerStatus": _container,
        service + "PodSandboxStatus": _pod,
        service + "ListPodSandbox": b"",
        service + "ListContainers": _listed((FULL, 1), (POD, 2), ("../x", 1)),
    }


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    running = Runtime(tmp_path / "cri.sock", answers())  # type: ignore[arg-type]
    yield running
    running.end()


@pytest.mark.parametrize(("name", "type_"), [("containerd", 7), ("cri-o", 8), ("other", 6)])
@pytest.mark.parametrize("spoken", ["v1", "v1alpha2"])
def test_a_container_and_its_pod(runtime: Runtime, name: str, type_: int, spoken: str) -> None:
    runtime.answers = answers(CRI.replace("v1", spoken), name)  # type: ignore[assignment]
    engine = Engine(runtime.path, EngineSettings())
    told = engine.ask(FULL[:12])
    assert (told["id"], told["full_id"], told["type"], told["name"]) == (FULL[:12], FULL, type_, "web")
    assert (told["image"], told["imagerepo"], told["imagetag"], told["created_time"]) == ("r/web:2", "r/web", "2", 5)
    assert told["labels"]["io.kubernetes.pod.name"] == "web-0" and told["labels"]["a"] == "b"
    assert (told["pod_sandbox_id"], told["pod_sandbox_labels"], told["ip"]) == (POD, {"app": "x"}, "10.0.0.7")
    pod = engine.ask(POD[:12])
    assert pod["is_pod_sandbox"] and pod["pod_sandbox_id"] == POD and pod["labels"]["io.kubernetes.pod.namespace"] == "shop"
    assert len([m for m, _ in runtime.asked if m.endswith("Version")]) == 1
    engine.close()


def test_the_id_of_an_image_that_the_answer_does_not_tell(runtime: Runtime) -> None:
    runtime.answers["/runtime.v1.ImageService/ListImages"] = message(1, text(1, "sha256:77"))
    status = container_status({**STATUS, "image_ref": "r/web@sha256:1"})
    runtime.answers[CRI + "ContainerStatus"] = status
    told = Engine(runtime.path, EngineSettings()).ask(FULL[:12])
    assert (told["imageid"], told["imagedigest"], told["imagerepo"], told["imagetag"]) == ("sha256:77", "sha256:1", "r/web", "2")
    assert told["image"] == "r/web:2" and not told["labels"].get("io.kubernetes.pod.name")


@pytest.mark.parametrize("answer", [b"\xff\xff", b"\x0a\x05ab", message(1, b"\x0b"), b"\x12\x02\x0a\xff"])
def test_what_makes_no_sense_is_an_error(runtime: Runtime, answer: bytes) -> None:
    runtime.answers[CRI + "ContainerStatus"] = runtime.answers[CRI + "PodSandboxStatus"] = answer
    with pytest.raises(EngineError):
        Engine(runtime.path, EngineSettings()).ask(FULL[:12])


@pytest.mark.parametrize("info", ["[" * 100_000, "no JSON", '{"runtimeSpec": [], "config": 7, "sandboxID": {}}', "7", ""])
def test_the_rest_counts_where_the_addition_makes_no_sense(runtime: Runtime, info: str) -> None:
    runtime.answers[CRI + "ContainerStatus"] = container_status(STATUS, info)
    told = Engine(runtime.path, EngineSettings()).ask(FULL[:12])
    assert told["name"] == "web" and told["privileged"] is False and told["pod_sandbox_id"] == ""


def test_an_answer_that_is_too_large_or_too_late(runtime: Runtime) -> None:
    engine = Engine(runtime.path, EngineSettings(timeout=0.2))
    assert engine.ask(FULL[:12])
    runtime.answers[CRI + "ContainerStatus"] = runtime.answers[CRI + "PodSandboxStatus"] = text(9, "x" * (5 << 20))
    with pytest.raises(EngineError):
        engine.ask(FULL[:12])
    wait = threading.Event()
    runtime.answers[CRI + "ContainerStatus"] = lambda question: b"" if wait.wait(60) else b""
    with pytest.raises(EngineError) as caught:
        engine.ask(FULL[:12])
    wait.set()
    assert caught.value.slow


def test_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(EngineError):
        Engine(str(tmp_path / "no.sock"), EngineSettings()).ask(FULL[:12])
    with pytest.raises(EngineError):
        Engine(str(tmp_path / "no.sock"), EngineSettings()).ask("../etc/x")


def follow(runtime: Runtime, tell: list[bytes], wanted: int) -> list[tuple[str, int]]:
    """What is heard of so many, of those there and of what is told."""
    heard: list[tuple[str, int]] = []
    enough, begun = threading.Event(), threading.Event()
    engine = Engine(runtime.path, EngineSettings())

    def hear(ident: str, news: int) -> None:
        heard.append((ident, news))
        if len(heard) == wanted:
            enough.set()

    def run() -> None:
        try:
            engine.follow(hear, begun.set)
        except EngineError:
            pass

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(60)
    until = threading.Event()
    for _ in range(600):
        if runtime.followed or not runtime.streams:
            break
        until.wait(0.1)
    for data in tell:
        runtime.tell(data)
    assert enough.wait(60), heard
    engine.close()
    thread.join(60)
    assert not thread.is_alive()
    return heard


def event(ident: str, kind: int) -> bytes:
    """ContainerEventResponse."""
    return text(1, ident) + number(2, kind)


def test_events_where_they_are_served(runtime: Runtime) -> None:
    runtime.streams = (EVENTS,)
    told = [event(POD, 0), b"\xff", event("x", 0), event(POD, 2), event(POD, 3)]
    assert follow(runtime, told, 3) == [(FULL[:12], THERE), (POD[:12], NEW), (POD[:12], GONE)]


def test_events_of_containerd_where_they_are_not(runtime: Runtime) -> None:
    runtime.streams = (SUBSCRIBE,)

    def envelope(namespace: str, topic: str, ident: str) -> bytes:
        return text(2, namespace) + text(3, topic) + message(4, text(1, "t") + message(2, text(1, ident)))

    told = [
        envelope("moby", "/containers/create", POD), envelope("k8s.io", "/tasks/start", POD), b"\x22\x02\x12\x7f",
        envelope("k8s.io", "/containers/create", POD), envelope("k8s.io", "/containers/delete", POD),
    ]  # fmt: skip
    heard = follow(runtime, told, 4)
    assert set(heard[:2]) == {(FULL[:12], THERE)} and heard[2:] == [(POD[:12], NEW), (POD[:12], GONE)]


def test_who_tells_nothing_is_asked_again_and_again(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.capture.engines.cri._LOOK", 0.02)
    count = iter(range(10_000))
    runtime.answers[CRI + "ListContainers"] = lambda question: _listed((FULL, 1)) if next(count) < 3 else b""
    heard = follow(runtime, [], 4)
    assert heard[-1] == (FULL[:12], GONE) and set(heard[:-1]) == {(FULL[:12], THERE)}
