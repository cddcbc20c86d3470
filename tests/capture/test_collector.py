"""Following Kubernetes' metadata collector: a server of the same protocol tells, fails, comes back and says nonsense."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pysysdig.capture import collector as module
from pysysdig.capture.collector import Collector
from pysysdig.errors import PysysdigError
from pysysdig.events.batch import EventBatch
from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT
from pysysdig.fields.lookup import lookup
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import THREAD
from pysysdig.state.pods import KINDS
from pysysdig.wire import Message, message, text
from tests.capture.fake_runtime import Runtime
from tests.service.peers import until

WATCH = "/metadata.Metadata/Watch"
UID = "05869489-8c7f-45dc-9abd-1b1620787bb1"


def told(kind: str, uid: str, meta: Any, status: Any = None, reason: str = "Create", **refs: list[str]) -> bytes:
    """An Event of metadata.proto."""
    body = text(1, reason) + text(2, uid) + text(3, kind) + text(4, meta if isinstance(meta, str) else json.dumps(meta))
    body += text(5, '{"containers":[]}') + (text(6, json.dumps(status)) if status is not None else b"")
    pairs = b"".join(
        message(1, text(1, k) + message(2, b"".join(message(1, uid.encode()) for uid in uids))) for k, uids in refs.items()
    )
    return body + (message(7, pairs) if refs else b"")


def _until_followed(server: Runtime) -> None:
    until(lambda: server.followed)


def _until_noted(collector: Collector, count: int) -> None:
    until(lambda: len(collector.notes) >= count)


def taken(collector: Collector, count: int) -> list[bytes]:
    out: list[bytes] = []

    def enough() -> bool:
        out.extend(collector.take(7))
        return len(out) >= count

    until(enough)
    return out


@pytest.fixture
def server() -> Iterator[Runtime]:
    runtime = Runtime("127.0.0.1:0", {}, (WATCH,))
    yield runtime
    runtime.end()


@pytest.fixture
def follow() -> Iterator[Callable[..., Collector]]:
    made: list[Collector] = []

    def begin(address: str, node: str = "n1", roots: str = "") -> Collector:
        made.append(Collector(address, node, roots))
        return made[-1]

    yield begin
    for collector in made:
        collector.close()


def test_what_it_tells_fills_the_fields(server: Runtime, follow: Callable[..., Collector]) -> None:
    collector = follow(f"127.0.0.1:{server.port}")
    _until_followed(server)
    asked = Message(server.asked[0][1])
    assert asked.text(1) == "n1" and set(asked.texts(2, 99)) == set(KINDS) and set(asked.texts(2, 99).values()) == {"true"}
    meta = {"name": "web-1", "namespace": "shop", "labels": {"app": "w\u00e9b"}}
    server.tell(told("Pod", UID, meta, {"podIP": "10.0.0.9"}, Namespace=["u-ns"], Service=["u-s", "u-t"], Node=["x"]))
    server.tell(told("Service", "u-s", {"name": "front"}))
    server.tell(told("Service", "u-t", {"name": "back", "labels": {"a": "1"}}))
    events = taken(collector, 3)
    calls = batch([event("SYSCALL_GETUID_X", tid=20, params=[0])])
    inspector = Inspector(snapshot(process(20, cgroups=[f"cpu=/kubepods/pod{UID}"])), CURRENT, THREAD)
    news = EventBatch.of_encoded(events, 1)
    assert set(news.ts.tolist()) == {7}
    inspector.process(news)
    calls.num = calls.num + 9
    view = inspector.process(calls)
    want = {
        "pod.name": "web-1", "ns.name": "shop", "pod.ip": "10.0.0.9", "ns.uid": "u-ns", "svc.name": ("front", "back"),
        "svc.labels": ("a:1",), "pod.label[app]": "w\u00e9b".encode().decode("latin-1"), "rs.name": None,
    }  # fmt: skip
    assert {k: lookup(f"k8smeta.{k}").shown(view, np.arange(1)).tolist()[0] for k in want} == want


@pytest.mark.parametrize(
    "odd",
    [
        b"\xff\xff", told("Pod", "", {}), told("Node", "u", {}), b"", told("Pod", "u", "x")[:-3],
        text(2, "u") + text(3, "Pod") + message(7, b"\xff"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_left_out(odd: bytes, server: Runtime, follow: Callable[..., Collector]) -> None:
    collector = follow(f"127.0.0.1:{server.port}")
    _until_followed(server)
    server.tell(odd)
    server.tell(told("Pod", "right", {"name": "r"}))
    (only,) = taken(collector, 1)
    assert b'"uid":"right"' in only


@pytest.mark.parametrize(
    "meta", ["{", "[" * 100_000, "[]", '{"name":3,"labels":[]}', json.dumps({"labels": {str(i): "x" * 4000 for i in range(99)}})]
)
def test_odd_metadata_leaves_the_resource_without(meta: str, server: Runtime, follow: Callable[..., Collector]) -> None:
    """Also more labels than an event holds."""
    collector = follow(f"127.0.0.1:{server.port}")
    _until_followed(server)
    server.tell(told("Pod", "u", meta))
    (only,) = taken(collector, 1)
    assert b"labels" not in only and len(only) < 1000


def test_it_is_asked_again_and_the_user_is_told_once(monkeypatch: pytest.MonkeyPatch, follow: Callable[..., Collector]) -> None:
    """It is not there at first, comes, ends, and comes back."""
    monkeypatch.setattr(module, "_PAUSE", 0.01)
    monkeypatch.setattr(module, "_LONGEST_PAUSE", 0.02)
    with socket.socket() as held:  # a port where nobody listens
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        collector = follow(f"127.0.0.1:{port}")
        _until_noted(collector, 1)
    for count, name in ((2, "one"), (3, "two")):
        server = Runtime(f"127.0.0.1:{port}", {}, (WATCH,))
        _until_followed(server)
        server.tell(told("Pod", name, {}))
        assert f'"uid":"{name}"'.encode() in b"".join(taken(collector, 1))
        server.end()
        _until_noted(collector, count)
    assert len(collector.notes) == 3 and all(f"127.0.0.1:{port}, it is asked again: " in note for note in collector.notes)


def test_one_that_says_nothing_holds_up_nothing(follow: Callable[..., Collector]) -> None:
    """It takes the connection, and that is all."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        collector = follow(f"127.0.0.1:{mute.getsockname()[1]}")
        assert collector.take(1) == []
        collector.close()
        until(lambda: not collector._thread.is_alive())


def test_it_waits_while_nobody_takes_what_it_told(
    monkeypatch: pytest.MonkeyPatch, server: Runtime, follow: Callable[..., Collector]
) -> None:
    monkeypatch.setattr(module, "_MAX_WAITING", 4)
    collector = follow(f"127.0.0.1:{server.port}")
    _until_followed(server)
    for i in range(40):
        server.tell(told("Pod", f"u{i}", {}))
    got: list[bytes] = []
    while len(got) < 40:
        until(lambda: len(collector._told) > 0)
        some = collector.take(1)
        assert len(some) <= 4
        got += some
    assert all(f'"uid":"u{i}"'.encode() in data for i, data in enumerate(got))


def test_certificates_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PysysdigError, match="caPEMBundle .*no.pem: No such file"):
        Collector("127.0.0.1:1", "n", str(tmp_path / "no.pem"))


def test_without_the_package_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch, follow: Callable[..., Collector]) -> None:
    monkeypatch.setitem(__import__("sys").modules, "grpc", None)
    collector = follow("127.0.0.1:1")
    _until_noted(collector, 1)
    assert "pip install 'pysysdig[grpc]'" in collector.notes[0] and collector.take(1) == []
