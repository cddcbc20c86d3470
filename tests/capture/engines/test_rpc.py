"""Questions and streams over gRPC."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from pysysdig.capture.engines.engine import EngineError
from pysysdig.capture.engines.rpc import Caller, Unserved
from pysysdig.extras import MissingExtra
from pysysdig.wire import message, text
from tests.capture.fake_runtime import Answer, Runtime


def test_without_the_package_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "grpc", None)
    with pytest.raises(MissingExtra, match=r"pip install 'pysysdig\[cri\]'"):
        Caller("/run/x.sock", 1)


def test_answers_headers_and_what_is_not_served(tmp_path: Path) -> None:
    runtime = Runtime(tmp_path / "s", {"/a.B/C": text(1, "yes")})
    caller = Caller(runtime.path, 60)
    assert caller.call("/a.B/C", b"", (("containerd-namespace", "n"),)).text(1) == "yes"
    assert ("containerd-namespace", "n") in runtime.headers[0]
    with pytest.raises(Unserved):
        caller.call("/a.B/D")
    caller.close()
    with pytest.raises(EngineError):
        caller.call("/a.B/C")
    runtime.end()


def test_lists(tmp_path: Path) -> None:
    answers: dict[str, Answer] = {"/a.B/L": b"".join(message(1, text(1, name)) for name in "abc"), "/a.B/W": message(1, b"\xff")}
    runtime = Runtime(tmp_path / "s", answers)
    caller = Caller(runtime.path, 60)
    assert [entry.text(1) for entry in caller.entries("/a.B/L", 2, b"q", (("k", "v"),))] == ["a", "b"]
    assert runtime.asked == [("/a.B/L", b"q")] and ("k", "v") in runtime.headers[0]
    with pytest.raises(EngineError):
        caller.entries("/a.B/W", 2)
    caller.close()
    runtime.end()


def test_a_stream_ends_with_the_caller(tmp_path: Path) -> None:
    runtime = Runtime(tmp_path / "s", {}, ("/a.B/S",))
    caller = Caller(runtime.path, 60)
    answers = caller.stream("/a.B/S")
    until = time.monotonic() + 60
    while not runtime.followed and time.monotonic() < until:
        time.sleep(0.01)
    runtime.tell(b"\xff")  # no message: left out
    runtime.tell(text(1, "x"))
    assert next(answers).text(1) == "x"
    threading.Timer(0.1, caller.close).start()
    with pytest.raises(EngineError):
        next(answers)
    runtime.end()
