"""An engine is followed as long as its socket is there, and tried again when it fails."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pysysdig.capture.engines import listening
from pysysdig.capture.engines.engine import NEW, THERE, EngineError, Hear, Json
from pysysdig.capture.engines.listening import Listener


class Telling:
    """An engine that fails as often as asked for and then tells of a container each time it is followed."""

    def __init__(self, failures: int = 0, silent: bool = False) -> None:
        self.failures, self.silent = failures, silent
        self.closed = threading.Event()

    def ask(self, ident: str) -> Json:
        raise EngineError("not asked")

    def follow(self, hear: Hear, begun: Callable[[], None]) -> None:
        if self.failures:
            self.failures -= 1
            raise EngineError("not yet")
        hear("0123456789ab", THERE)
        begun()
        if self.silent:
            self.closed.wait(60)
            hear("0123456789ab", NEW)

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(listening, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(listening, "_LONGEST_PAUSE", 0.02)
    (tmp_path / "s").touch()
    return tmp_path / "s"


def test_it_is_tried_again_as_long_as_the_socket_is_there(socket: Path) -> None:
    heard: queue.Queue[tuple[str, int]] = queue.Queue()
    listener = Listener(Telling(failures=3), str(socket), lambda *news: heard.put(news))
    assert listener.ready.wait(60)
    assert [heard.get(timeout=60) for _ in range(3)] == [("0123456789ab", THERE)] * 3
    assert listener.alive
    socket.unlink()
    listener._thread.join(60)
    gone = not listener.alive
    assert gone
    listener.close()


def test_one_that_is_silent_ends_with_the_listener(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: queue.Queue[tuple[str, int]] = queue.Queue()
    listener = Listener(Telling(silent=True), str(socket), lambda *news: heard.put(news))
    assert listener.ready.wait(60)
    listener.close()
    listener._thread.join(60)
    assert not listener.alive
    assert heard.get() == ("0123456789ab", THERE) and heard.empty()  # nothing is heard after its end
