"""Falco's gRPC interface, as 0.43 served it last: falco-exporter and other clients of old read alerts from it. Needs the extra
`grpc`.

One queue for all clients, each alert to one of them; `get` is given what is there, `sub` as much for each request it sends.
Falco's queue has no bounds; here the oldest go, and are counted.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from pysysdig.errors import PysysdigError
from pysysdig.events.text import to_display
from pysysdig.extras import require
from pysysdig.rules.version import ENGINE
from pysysdig.service import protobuf
from pysysdig.service.versions import FALCO

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_MOST = 10_000  # alerts that wait
_CLIENTS = 16
_UNIX = "unix://"


class RpcSettings(NamedTuple):
    """address: unix:///path (no TLS, whoever may open it), or host:port (mutual TLS, with these PEM files)."""

    enabled: bool
    address: str
    private_key: str
    cert_chain: str
    root_certs: str


class RpcServer:
    """Serves until it is closed. `dropped`: alerts that nobody has fetched in time."""

    def __init__(self, settings: RpcSettings) -> None:
        """Raises PysysdigError."""
        grpc = require("grpc", "grpc")
        self.dropped = 0
        self._waiting: deque[bytes] = deque()
        self._lock = threading.Lock()
        outputs = {
            "get": grpc.unary_stream_rpc_method_handler(lambda request, context: self._taken()),
            "sub": grpc.stream_stream_rpc_method_handler(self._sub),
        }
        versions = {"version": grpc.unary_unary_rpc_method_handler(lambda request, context: protobuf.version(FALCO, ENGINE))}
        self._server: Any = grpc.server(ThreadPoolExecutor(_CLIENTS, "grpc"))
        self._server.add_generic_rpc_handlers(
            (
                grpc.method_handlers_generic_handler("falco.outputs.service", outputs),
                grpc.method_handlers_generic_handler("falco.version.service", versions),
            )
        )
        try:
            self.port = self._bind(grpc, settings)
        except (OSError, RuntimeError, ValueError) as error:
            raise PysysdigError(f"Error starting gRPC server: {settings.address}: {error}") from None
        self._server.start()

    def _bind(self, grpc: Any, settings: RpcSettings) -> int:
        """The port; 1 for a socket."""
        if settings.address.startswith(_UNIX):
            folder = os.path.dirname(settings.address.removeprefix(_UNIX))
            os.makedirs(folder or ".", exist_ok=True)
            port: int = self._server.add_insecure_port(settings.address)
        else:
            key, chain, roots = (_read(path) for path in (settings.private_key, settings.cert_chain, settings.root_certs))
            secure = grpc.ssl_server_credentials([(key, chain)], roots, require_client_auth=True)
            port = self._server.add_secure_port(settings.address, secure)
        if not port:
            raise OSError("cannot be bound")
        return port

    def put(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        """Alerts, and the line (byte text) of each."""
        texts = [to_display(line.rstrip("\n")) for line in lines]
        found = [protobuf.response(alert, text) for alert, text in zip(alerts, texts)]
        with self._lock:
            self._waiting.extend(found)
            while len(self._waiting) > _MOST:
                self._waiting.popleft()
                self.dropped += 1

    def _taken(self) -> Iterator[bytes]:
        while True:
            with self._lock:
                if not self._waiting:
                    return
                found = self._waiting.popleft()
            yield found

    def _sub(self, requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        for _ in requests:
            yield from self._taken()

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.stop(0.5).wait()


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(1 << 20)
