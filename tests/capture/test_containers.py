"""Container events: who is asked about which container, when, and how often."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from pysysdig.capture.containers import ContainerWatch
from pysysdig.state.cgroups import CT_DOCKER
from pysysdig.state.containers import parse_container
from pysysdig.state.snapshot import ProcessEntry, Snapshot
from tests.capture.fake_engine import ANSWER, FULL, Engine, ok


def _snapshot(*cgroups: str) -> Snapshot:
    snapshot = Snapshot()
    for cgroup in cgroups:
        process = ProcessEntry()
        process.cgroups = [f"cpu={cgroup}"]
        snapshot.processes.append(process)
    return snapshot


def test_every_container_is_asked_about_once(engine: Engine) -> None:
    watch = ContainerWatch({CT_DOCKER: engine.path})
    snapshot = _snapshot("/", f"/docker/{FULL}", f"/docker/{FULL}", "/user.slice", f"/machine/libpod-{FULL}.scope")
    watch.see_processes(snapshot)
    watch.see_processes(snapshot)
    watch.settle(30)
    batch = watch.take(5, 1000)
    watch.close()
    assert engine.asked.count("/containers/0123456789ab/json") == 1
    assert batch is not None
    assert batch.num.tolist() == [5] and batch.ts.tolist() == [1000] and batch.tid.tolist() == [-1]
    (text,) = batch.texts(batch.spans(int(batch.type[0]), batch.positions(int(batch.type[0]))), 0)
    info = parse_container(text or "")
    assert info is not None and info.name == "web"
    assert watch.take(6, 1000) is None


def test_an_engine_that_does_not_answer_is_asked_again_but_not_for_ever(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.capture.containers._PAUSE", 0.01)
    del engine.answers["/containers/0123456789ab/json"]
    watch = ContainerWatch({CT_DOCKER: engine.path})
    watch.see_processes(_snapshot(f"/docker/{FULL}"))
    watch.settle(30)
    assert watch.take(1, 1) is None
    assert engine.asked.count("/containers/0123456789ab/json") == 3
    watch.close()


def test_without_an_engine_nothing_happens(tmp_path: Path) -> None:
    watch = ContainerWatch({CT_DOCKER: str(tmp_path / "no-such.sock")})
    watch.see_processes(_snapshot(f"/docker/{FULL}"))
    watch.settle(30)
    assert watch.take(1, 1) is None
    watch.close()


def _told(watch: ContainerWatch) -> list[str]:
    """Names in the events that come."""
    until = time.monotonic() + 60
    while (batch := watch.take(1, 1)) is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    texts = batch.texts(batch.spans(int(batch.type[0]), batch.positions(int(batch.type[0]))), 0)
    return [info.name for info in map(parse_container, filter(None, texts)) if info is not None]


def test_a_container_is_known_before_its_first_process_and_anew_if_its_id_comes_again(engine: Engine) -> None:
    engine.answers["/containers/json?all=1"] = ok([])
    watch = ContainerWatch({CT_DOCKER: engine.path})
    watch.settle(30)
    created = json.dumps({"Action": "create", "id": FULL}).encode() + b"\n"
    engine.tell(created)
    assert _told(watch) == ["web"]
    watch.see_processes(_snapshot(f"/docker/{FULL}"))
    watch.settle(30)
    assert watch.take(1, 1) is None  # it is known
    engine.answers["/containers/0123456789ab/json"] = ok({**ANSWER, "Name": "/other"})
    engine.tell(created)
    assert _told(watch) == ["other"]
    watch.close()


def test_the_memory_of_what_was_asked_is_bounded(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many containers there have been, new ones are asked about."""
    monkeypatch.setattr("pysysdig.capture.containers.MAX_CONTAINERS", 10)
    monkeypatch.setattr("pysysdig.capture.containers._ATTEMPTS", 1)
    watch = ContainerWatch({CT_DOCKER: engine.path})
    for i in range(50):
        watch.see_processes(_snapshot(f"/docker/{i:064x}"[:-12] + f"{i:012x}", f"/docker/{i:012x}" + "0" * 52))
        watch.settle(30)
    assert "/containers/000000000031/json" in engine.asked
    assert len(watch._asked) <= 10
    watch.close()


def test_events_wait_for_what_is_being_created_but_not_for_ever(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.capture.containers._PATIENCE", 30)
    engine.answers["/containers/json?all=1"] = ok([])
    watch = ContainerWatch({CT_DOCKER: engine.path})
    watch.settle(30)
    watch._hear(CT_DOCKER, FULL[:12], True)
    watch.wait_for_new()
    assert watch.take(1, 1) is not None
    monkeypatch.setattr("pysysdig.capture.containers._PATIENCE", 0.05)
    monkeypatch.setattr("pysysdig.capture.containers._PAUSE", 0.5)
    watch._hear(CT_DOCKER, "f" * 12, True)  # no engine knows this one: asked again and again
    watch.wait_for_new()
    assert watch.take(1, 1) is None and engine.asked.count("/containers/ffffffffffff/json") < 3
    watch.close()
