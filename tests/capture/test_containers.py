"""Container events: who is asked about which container, when, and how often."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pysysdig.capture import containers
from pysysdig.capture.containers import ContainerWatch
from pysysdig.capture.engines.engine import EngineSettings
from pysysdig.events import build
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import CURRENT, OLD, TYPES
from pysysdig.state.containers import parse_container
from pysysdig.state.inspector import Inspector
from pysysdig.state.snapshot import ProcessEntry, Snapshot
from tests.capture.fake_engine import ANSWER, FULL, Engine, ok


def _snapshot(*cgroups: str) -> Snapshot:
    snapshot = Snapshot()
    for cgroup in cgroups:
        process = ProcessEntry()
        process.cgroups = [f"cpu={cgroup}"]
        snapshot.processes.append(process)
    return snapshot


def docker(path: str, generation: str = OLD) -> ContainerWatch:
    """A watch with one engine."""
    others = frozenset({"podman", "cri", "containerd"})
    return ContainerWatch(EngineSettings(sockets={"docker": (path,)}, disabled=others), generation)


def taken(watch: ContainerWatch) -> EventBatch | None:
    """The events so far."""
    events = watch.take(1000)
    return EventBatch.of_encoded(events, 5, name="live") if events else None


def test_every_container_is_asked_about_once(engine: Engine) -> None:
    watch = docker(engine.path)
    snapshot = _snapshot("/", f"/docker/{FULL}", f"/docker/{FULL}", "/user.slice", f"/machine/libpod-{FULL}.scope")
    watch.see_processes(snapshot)
    watch.see_processes(snapshot)
    watch.settle(30)
    batch = taken(watch)
    watch.close()
    assert engine.asked.count("/containers/0123456789ab/json") == 1
    assert batch is not None
    assert batch.num.tolist() == [5] and batch.ts.tolist() == [1000] and batch.tid.tolist() == [-1]
    (text,) = batch.texts(batch.spans(int(batch.type[0]), batch.positions(int(batch.type[0]))), 0)
    info = parse_container(text or "")
    assert info is not None and info.name == "web"
    assert taken(watch) is None


def test_an_engine_that_does_not_answer_is_asked_again_but_not_for_ever(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "_PAUSES", (0.01, 0.01))
    del engine.answers["/containers/0123456789ab/json"]
    watch = docker(engine.path)
    watch.see_processes(_snapshot(f"/docker/{FULL}"))
    watch.settle(30)
    assert taken(watch) is None
    assert engine.asked.count("/containers/0123456789ab/json") == 3
    watch.close()


def test_without_an_engine_nothing_happens(tmp_path: Path) -> None:
    watch = docker(str(tmp_path / "no-such.sock"))
    watch.see_processes(_snapshot(f"/docker/{FULL}"))
    watch.settle(30)
    assert taken(watch) is None
    watch.close()


def _told(watch: ContainerWatch) -> list[str]:
    """Names in the events that come."""
    until = time.monotonic() + 60
    while (batch := taken(watch)) is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    texts = batch.texts(batch.spans(int(batch.type[0]), batch.positions(int(batch.type[0]))), 0)
    return [info.name for info in map(parse_container, filter(None, texts)) if info is not None]


def test_a_container_is_known_before_its_first_process_and_anew_if_its_id_comes_again(engine: Engine) -> None:
    engine.answers["/containers/json?all=1"] = ok([])
    watch = docker(engine.path)
    watch.settle(30)
    created = json.dumps({"Action": "create", "id": FULL}).encode() + b"\n"
    engine.tell(created)
    assert _told(watch) == ["web"]
    watch.see_processes(_snapshot(f"/docker/{FULL}"))
    watch.settle(30)
    assert taken(watch) is None  # it is known
    engine.answers["/containers/0123456789ab/json"] = ok({**ANSWER, "Name": "/other"})
    engine.tell(created)
    assert _told(watch) == ["other"]
    watch.close()


def test_the_memory_of_what_was_asked_is_bounded(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many containers there have been, new ones are asked about."""
    monkeypatch.setattr("pysysdig.capture.containers.MAX_CONTAINERS", 10)
    monkeypatch.setattr(containers, "_PAUSES", ())
    watch = docker(engine.path)
    for i in range(50):
        watch.see_processes(_snapshot(f"/docker/{i:064x}"[:-12] + f"{i:012x}", f"/docker/{i:012x}" + "0" * 52))
        watch.settle(30)
    assert "/containers/000000000031/json" in engine.asked
    assert len(watch._asked) <= 10
    watch.close()


def test_events_wait_for_what_is_being_created_but_not_for_ever(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "_PATIENCE", 30)
    engine.answers["/containers/json?all=1"] = ok([])
    watch = docker(engine.path)
    watch.settle(30)
    engine.tell(json.dumps({"Action": "create", "id": FULL}).encode() + b"\n")
    _until(lambda: bool(watch._new) or bool(watch._events))
    watch.wait_for_new()
    assert taken(watch) is not None
    monkeypatch.setattr(containers, "_PATIENCE", 0.05)
    monkeypatch.setattr(containers, "_PAUSES", (0.5, 60))
    engine.tell(json.dumps({"Action": "create", "id": "f" * 64}).encode() + b"\n")  # it knows nothing of this one
    _until(lambda: "/containers/ffffffffffff/json" in engine.asked)
    watch.wait_for_new()
    assert taken(watch) is None and not watch._new
    watch.close()


def _until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_container_that_is_removed_is_told_to_the_current_generation_only(engine: Engine) -> None:
    engine.answers["/containers/json?all=1"] = ok([{"Id": FULL, "State": "running"}])
    for generation in (OLD, CURRENT):
        watch = docker(engine.path, generation)
        watch.settle(30)
        _until(lambda watch=watch: bool(watch._known))  # type: ignore[misc]
        assert watch.take(1000)
        engine.tell(json.dumps({"Action": "destroy", "id": FULL}).encode() + b"\n")
        _until(lambda watch=watch: not watch._known)  # type: ignore[misc]
        batch = taken(watch)
        watch.close()
        if generation == OLD:
            assert batch is None
            continue
        assert batch is not None
        kind = TYPES["ASYNCEVENT_E"]
        spans = batch.spans(kind, batch.positions(kind))
        (data,) = batch.raw(spans, 2)
        assert batch.texts(spans, 1) == ["container_removed"] and batch.tid.tolist() == [0]
        assert json.loads((data or b"").rstrip(b"\0"))["container"]["full_id"] == FULL


def test_an_id_that_two_engines_claim_is_that_of_the_first(tmp_path: Path) -> None:
    """Whoever tells of it first: the order of the table decides."""
    answers = {"/containers/json?all=1": ok([{"Id": FULL, "State": "running"}])}
    names = {"podman": "first", "docker": "second"}
    engines = [
        Engine(tmp_path / f"{kind}.sock", {**answers, "/containers/0123456789ab/json": ok({**ANSWER, "Name": f"/{name}"})})
        for kind, name in names.items()
    ]
    settings = EngineSettings({kind: (str(tmp_path / f"{kind}.sock"),) for kind in names}, frozenset({"cri", "containerd"}))
    watch = ContainerWatch(settings, OLD)
    watch.settle(30)
    _until(lambda: 0 in {known.rank for known in watch._known.values()})
    told = []
    while (batch := taken(watch)) is not None:
        texts = batch.texts(batch.spans(int(batch.type[0]), batch.positions(int(batch.type[0]))), 0)
        told += [info.name for info in map(parse_container, filter(None, texts)) if info is not None]
    watch.close()
    for engine in engines:
        engine.end()
    assert told[-1] == "first" and len(told) <= 2


def test_an_engine_that_hangs_is_left_alone_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others answer meanwhile."""
    monkeypatch.setattr("pysysdig.capture.engines.http.TIMEOUT", 0.2)
    with socket.socket(socket.AF_UNIX) as hanging:
        hanging.bind(str(tmp_path / "docker.sock"))
        hanging.listen()
        podman = Engine(tmp_path / "podman.sock", {"/containers/json?all=1": ok([])})
        podman.answers |= {f"/containers/{i:012x}/json": ok({**ANSWER, "Name": f"/{i}"}) for i in range(1, 101)}
        settings = EngineSettings(
            {kind: (str(tmp_path / f"{kind}.sock"),) for kind in ("docker", "podman")}, frozenset({"cri", "containerd"})
        )
        watch = ContainerWatch(settings, OLD)
        ids = [f"{i:012x}" + "0" * 52 for i in range(1, 101)]
        watch.see_processes(_snapshot(*(f"/docker/{i[::-1]}" for i in ids), *(f"/machine/libpod-{i}.scope" for i in ids)))
        watch.settle(120)
        batch = taken(watch)
        watch.close()
        podman.end()
        assert batch is not None and len(batch) == 100


@pytest.mark.parametrize(
    ("cgroup", "ident", "type_"), [("/lxc.payload.l1", "l1", 1), ("/m.slice/m-lxc\\x2db.scope", "b", 2), ("/bpm-x.scope", "x", 9)]
)
def test_engines_that_nobody_asks(cgroup: str, ident: str, type_: int) -> None:
    """Their cgroups say all that is known: it is told once."""
    for generation in (OLD, CURRENT):
        watch = ContainerWatch(EngineSettings(disabled=frozenset({"docker", "podman", "cri", "containerd"})), generation)
        watch.see_processes(_snapshot(cgroup, cgroup))
        events = watch.take(1000)
        watch.close()
        assert len(events) == 1
        inspector = Inspector(Snapshot(), generation)
        inspector.process(EventBatch.of_encoded(events, 1))
        info = inspector.containers.at(ident, 1)
        assert info is not None and (info.type, info.name, info.failed) == (type_, ident, False)
    nobody = frozenset({"docker", "podman", "cri", "containerd", "lxc", "libvirt_lxc", "bpm"})
    watch = ContainerWatch(EngineSettings(disabled=nobody), OLD)
    watch.see_processes(_snapshot(cgroup))
    assert watch.take(1000) == []
    watch.close()


def test_one_container_for_everything() -> None:
    watch = ContainerWatch(EngineSettings(static=("ff", "all", "r/a:1")), CURRENT)
    watch.see_processes(_snapshot(f"/docker/{FULL}"))
    snapshot = _snapshot(f"/docker/{FULL}", "/")
    snapshot.everyone = "ff"
    for tid, process in enumerate(snapshot.processes, 7):
        process.tid = process.pid = tid
    inspector = Inspector(snapshot, CURRENT)
    inspector.process(EventBatch.of_encoded(watch.take(1000), 1))
    watch.close()
    assert {t.container_id for t in inspector.threads.current.values()} == {"ff"}
    info = inspector.containers.at("ff", 1)
    assert info is not None and (info.type, info.name, info.imagerepo, info.imagetag) == (10, "all", "r/a", "1")


@pytest.mark.parametrize("wait", [True, False])
def test_events_wait_for_answers_only_if_they_are_to(wait: bool, tmp_path: Path) -> None:
    """With --disable-cri-async what is said of a container stands before the process that was the first to be seen in it."""
    may = threading.Event()

    class Slow(Engine):
        def answer(self, resource: str) -> bytes:
            if FULL[:12] not in resource:
                return super().answer(resource)
            assert may.wait(60)
            return ok(ANSWER)

    engine = Slow(tmp_path / "d.sock", {"/containers/json?all=1": ok([])})
    others = frozenset({"podman", "cri", "containerd"})
    watch = ContainerWatch(EngineSettings({"docker": (engine.path,)}, others, wait=wait), OLD)
    watch.settle(30)
    values = [0, "/bin/x", b"", 7, 7, 1, "/", 1024, 0, 0, 1, 1, 1, "x", f"cpu=/docker/{FULL}".encode() + b"\0"]
    batch = build.batch([build.event("SYSCALL_EXECVE_19_X", 1, 7, values)])
    if wait:
        threading.Timer(0.3, may.set).start()
    watch.look(batch, 60)
    assert bool(watch.take(1)) == wait
    may.set()
    watch.close()
    engine.end()
