"""Falco's gRPC interface."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import Any

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.service import rpc
from pysysdig.service.rpc import RpcServer, RpcSettings
from tests.alerts.outputs.sending import ALERT
from tests.service.peers import free_port
from tests.service.services import Start, start
from tests.service.test_protobuf import fields

__all__ = ["start"]


@pytest.fixture
def grpc() -> Any:
    return pytest.importorskip("grpc", reason="the Python package grpcio is not installed")


def got(channel: Any) -> list[bytes]:
    """The rules of what `get` gives."""
    messages = channel.unary_stream("/falco.outputs.service/get")(b"", timeout=60)
    return [value for message in messages for number, value in fields(message) if number == 4 and isinstance(value, bytes)]


def test_clients_of_old(grpc: Any, start: Start, tmp_path: Path) -> None:
    service = start("grpc.enabled=true", f"grpc.bind_address=unix://{tmp_path}/run/falco.sock")
    assert service.servers.rpc is not None
    service.send([ALERT, ALERT._replace(rule="two")])
    with grpc.insecure_channel(f"unix://{tmp_path}/run/falco.sock") as channel:
        assert got(channel) == [b"My rule, 1", b"two"] and got(channel) == []
        told = channel.unary_unary("/falco.version.service/version")(b"", timeout=60)
        assert dict(fields(told))[1] == b"0.45.0"
        asks: queue.Queue[bytes | None] = queue.Queue()
        stream = channel.stream_stream("/falco.outputs.service/sub")(iter(asks.get, None), timeout=60)
        service.send([ALERT])
        asks.put(b"")
        first = next(stream)
        assert dict(fields(first))[4] == b"My rule, 1" and b'"rule":"My rule, 1"' in first  # the line is JSON here
        service.send([ALERT._replace(rule="three")])
        threading.Timer(0.1, asks.put, (b"",)).start()
        assert dict(fields(next(stream)))[4] == b"three"
        asks.put(None)


def test_what_nobody_fetches(grpc: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc, "_MOST", 5)
    server = RpcServer(RpcSettings(True, f"unix://{tmp_path}/s", "", "", ""))
    server.put([ALERT._replace(rule=str(i)) for i in range(20)], ["x\n"] * 20)
    with grpc.insecure_channel(f"unix://{tmp_path}/s") as channel:
        assert got(channel) == [b"15", b"16", b"17", b"18", b"19"] and server.dropped == 15
    server.close()


def test_mutual_tls(grpc: Any, tmp_path: Path) -> None:
    trustme = pytest.importorskip("trustme", reason="the Python package trustme is not installed")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.crt"))
    for name in ("localhost", "client"):
        issued = authority.issue_cert(name)
        issued.private_key_pem.write_to_path(str(tmp_path / f"{name}.key"))
        issued.cert_chain_pems[0].write_to_path(str(tmp_path / f"{name}.crt"))
    port = free_port()
    paths = [str(tmp_path / name) for name in ("localhost.key", "localhost.crt", "ca.crt")]
    server = RpcServer(RpcSettings(True, f"localhost:{port}", *paths))
    roots, key, chain = ((tmp_path / name).read_bytes() for name in ("ca.crt", "client.key", "client.crt"))
    with grpc.secure_channel(f"localhost:{port}", grpc.ssl_channel_credentials(roots, key, chain)) as channel:
        assert got(channel) == []
    without = grpc.ssl_channel_credentials(roots)
    with grpc.secure_channel(f"localhost:{port}", without) as channel, pytest.raises(grpc.RpcError):
        got(channel)
    server.close()
    with pytest.raises(PysysdigError, match="Error starting gRPC server: .*No such file"):
        RpcServer(RpcSettings(True, "localhost:1", "/none", "/none", "/none"))


def test_a_service_goes_on_without_it(grpc: Any, start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    service = start("grpc.enabled=true", "grpc.bind_address=localhost:1", "grpc.private_key=/none")
    service.send([ALERT])
    assert service.servers.rpc is None and "Error starting gRPC server" in capfd.readouterr().err
