"""A container runtime over gRPC whose answers are given by method; what it has no answer for is not implemented."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pysysdig.wire import message, number, text
from tests.capture.cri_client import pairs

Answer = bytes | Callable[[bytes], bytes]
CRI = "/runtime.v1.RuntimeService/"


class Runtime:
    """answers: method -> an answer, or what makes one of a question (KeyError: not found). streams: methods that go on with what
    `tell` is given. asked: (method, question). path: of a socket, or HOST:PORT; port: of the latter."""

    def __init__(self, path: Path | str, answers: dict[str, Answer], streams: tuple[str, ...] = ()) -> None:
        self.path, self.answers, self.streams = str(path), answers, streams
        self.asked: list[tuple[str, bytes]] = []
        self.headers: list[tuple[tuple[str, str], ...]] = []
        self._told: list[queue.Queue[bytes | None]] = []
        self._closed = threading.Event()
        grpc = self._grpc = pytest.importorskip("grpc", reason="the Python package grpcio is not installed")
        runtime = self

        class Handler(grpc.GenericRpcHandler):  # type: ignore[name-defined,misc]
            def service(self, details: Any) -> Any:
                runtime.headers.append(tuple((k, v) for k, v in details.invocation_metadata))
                if details.method in runtime.streams:
                    return grpc.unary_stream_rpc_method_handler(lambda q, context: runtime._stream(details.method, q, context))
                if details.method in runtime.answers:
                    return grpc.unary_unary_rpc_method_handler(lambda q, context: runtime._answer(details.method, q, context))
                return None

        self._server = grpc.server(ThreadPoolExecutor(16))
        self._server.add_generic_rpc_handlers((Handler(),))
        self.port = self._server.add_insecure_port(f"unix:{path}" if isinstance(path, Path) else path)
        self._server.start()

    def _answer(self, method: str, question: bytes, context: Any) -> bytes:
        self.asked.append((method, question))
        answer = self.answers[method]
        try:
            return answer if isinstance(answer, bytes) else answer(question)
        except KeyError:
            context.abort(self._grpc.StatusCode.NOT_FOUND, "no such container")
            raise

    def _stream(self, method: str, question: bytes, context: Any) -> Iterator[bytes]:
        self.asked.append((method, question))
        told: queue.Queue[bytes | None] = queue.Queue()
        context.add_callback(lambda: told.put(None))
        self._told.append(told)
        while (data := told.get()) is not None:
            yield data

    def tell(self, data: bytes) -> None:
        """Send this to all who follow."""
        for told in self._told:
            told.put(data)

    @property
    def followed(self) -> bool:
        """Whether anybody follows."""
        return bool(self._told)

    def end(self) -> None:
        """Answer nobody any more; the socket goes."""
        for told in self._told:
            told.put(None)
        self._server.stop(None).wait(60)
        Path(self.path).unlink(missing_ok=True)


def version(name: str) -> bytes:
    """VersionResponse."""
    return text(1, "0.1.0") + text(2, name) + text(3, "1.0") + text(4, "v1")


def container_status(status: dict[str, Any], info: Any = None) -> bytes:
    """ContainerStatusResponse of what `crictl inspect` prints."""
    body = text(1, status.get("id", "")) + message(2, text(1, status.get("metadata", {}).get("name", "")))
    body += number(3, status.get("state_number", 1)) + number(4, int(status.get("created_at", 0)))
    body += message(8, text(1, status.get("image", {}).get("image", ""))) + text(9, status.get("image_ref", ""))
    body += pairs(12, status.get("labels", {}))
    for m in status.get("mounts", []):
        place = text(1, m["container_path"]) + text(2, m["host_path"]) + number(3, m.get("readonly", 0))
        body += message(14, place + number(5, m.get("propagation", 0)))
    return message(1, body) + _info(info)


def pod_status(status: dict[str, Any], info: Any = None) -> bytes:
    """PodSandboxStatusResponse."""
    meta = status.get("metadata", {})
    names = text(1, meta.get("name", "")) + text(2, meta.get("uid", "")) + text(3, meta.get("namespace", ""))
    body = text(1, status.get("id", "")) + message(2, names) + number(4, int(status.get("created_at", 0)))
    body += message(5, text(1, status.get("network", {}).get("ip", "")))
    body += message(6, message(1, message(2, number(1, status.get("network_mode", 0)) + number(2, status.get("pid_mode", 0)))))
    return message(1, body + pairs(7, status.get("labels", {}))) + _info(info)


def _info(info: Any) -> bytes:
    if info is None:
        return b""
    return pairs(2, {"info": info if isinstance(info, str) else json.dumps(info)})
