"""Containers are told of before they have a process: those that are there, those that come; engines that come and go."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable
from pathlib import Path

import pytest

from pysysdig.capture.engines import listening
from pysysdig.capture.engines.listening import Listener
from tests.capture.fake_engine import FULL, Engine, ok

LIST = "/containers/json?all=1"
OTHER = FULL[::-1]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> queue.Queue[tuple[str, bool]]:
    monkeypatch.setattr(listening, "_FIRST_PAUSE", 0.01)
    return queue.Queue()


def hear(heard: queue.Queue[tuple[str, bool]]) -> Callable[[str, bool], None]:
    return lambda ident, new: heard.put((ident, new))


def created(ident: str) -> bytes:
    return json.dumps({"status": "create", "id": ident, "Type": "container", "Action": "create"}).encode() + b"\n"


def test_those_that_are_there_and_those_that_come(engine: Engine, heard: queue.Queue[tuple[str, bool]]) -> None:
    engine.answers[LIST] = ok([
        {"Id": FULL, "State": "running"}, {"Id": OTHER, "State": "exited"}, {"Id": 7, "State": "running"}, "x",
    ])  # fmt: skip
    listener = Listener(engine.path, hear(heard))
    assert heard.get(timeout=60) == (FULL[:12], False)
    assert listener.ready.wait(60)
    engine.tell(b'{"id": "../../etc"}\n{"Actor": 7}\n' + created(OTHER))
    engine.tell(json.dumps({"Action": "create", "Actor": {"ID": FULL}}).encode() + b"\n")
    assert [heard.get(timeout=60), heard.get(timeout=60)] == [(OTHER[:12], True), (FULL[:12], True)]
    listener.close()


def test_an_engine_may_come_later_and_come_back(tmp_path: Path, heard: queue.Queue[tuple[str, bool]]) -> None:
    path = tmp_path / "later.sock"
    listener = Listener(str(path), hear(heard))
    assert listener.ready.wait(60)
    for _ in range(2):
        engine = Engine(path, {LIST: ok([{"Id": FULL, "State": "running"}])})
        assert heard.get(timeout=60) == (FULL[:12], False)
        path.unlink()
        engine.end()
    listener.close()


def test_an_engine_that_is_silent_ends_with_the_listener(engine: Engine, heard: queue.Queue[tuple[str, bool]]) -> None:
    engine.answers[LIST] = ok([])
    listener = Listener(engine.path, hear(heard))
    assert listener.ready.wait(60)
    listener.close()
    assert not listener._thread.is_alive() and heard.empty()
