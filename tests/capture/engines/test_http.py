"""JSON over UNIX sockets: answers without an end, and those that go on."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from pysysdig.capture.engines import http
from pysysdig.capture.engines.engine import EngineError
from tests.capture.fake_engine import Engine


def test_an_answer_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT", 0.2)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "slow.sock"))
        listening.listen()
        with pytest.raises(EngineError) as caught:
            http.get(str(tmp_path / "slow.sock"), "/containers/0123456789ab/json")
    assert caught.value.slow


def test_what_goes_on_is_told_line_by_line(engine: Engine) -> None:
    following = http.Following(engine.path, "/events")
    objects = iter(following)
    engine.tell(b'{"id": "a"}\nno')
    assert next(objects) == {"id": "a"}
    engine.tell(b" JSON\n[1]\n" + b"[" * 100000 + b'\n{"id": "b"}\n')
    assert next(objects) == {"id": "b"}
    engine.end()
    assert list(objects) == []
    following.close()


def test_a_line_without_an_end_is_an_error(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_LINE", 1000)
    following = http.Following(engine.path, "/events")
    engine.tell(json.dumps(["x" * 2000]).encode())
    with pytest.raises(EngineError):
        next(iter(following))
    following.close()


@pytest.mark.parametrize("head", [b"", b"HTTP/1.0 404 Not Found\r\n\r\n", b"nonsense\r\n\r\n", b"x" * 100])
def test_events_that_are_refused(engine: Engine, head: bytes) -> None:
    engine.answers["/events"] = head
    with pytest.raises(EngineError):
        http.Following(engine.path, "/events")
