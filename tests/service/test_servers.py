"""Servers that follow the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.service.peers import until
from tests.service.services import Start, get, start

__all__ = ["start"]


def test_the_web_server_follows_the_configuration(start: Start, tmp_path: Path) -> None:
    service = start("webserver.listen_port=0")
    text = (tmp_path / "f.yaml").read_text()
    (tmp_path / "f.yaml").write_text(text + "webserver: {enabled: true, k8s_healthz_endpoint: alive}\n")
    until(service.look)
    assert service.servers.web is not None and get(service.servers.web.port, "/alive") == (
        200,
        "application/json",
        '{"status": "ok"}',
    )
    (tmp_path / "f.yaml").write_text(text)
    port = service.servers.web.port
    until(service.look)
    with pytest.raises(ConnectionRefusedError):
        get(port, "/alive")


def test_what_stays_the_same_is_kept(start: Start, tmp_path: Path) -> None:
    service = start("webserver.enabled=true", "webserver.listen_port=0", "pysysdig.receiver={enabled: true, listen_port: 0}")
    web, receiver = service.servers.web, service.servers.receiver
    (tmp_path / "r.yaml").write_text((tmp_path / "r.yaml").read_text().replace("rule: A", "rule: B"))
    until(service.look)
    assert web is not None and (service.servers.web, service.servers.receiver) == (web, receiver)
    assert '"name": "B"' in get(web.port, "/rules")[2]
