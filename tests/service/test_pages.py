"""What the web server of a service says."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from pysysdig.alerts.model import Alert
from pysysdig.service.daemon import Service
from tests.service.services import Start, get, start

__all__ = ["start"]
WEB = ["webserver.enabled=true", "webserver.listen_port=0"]


def page(service: Service, path: str) -> tuple[int, dict[str, object]]:
    assert service.servers.web is not None
    status, kind, body = get(service.servers.web.port, path)
    assert kind == "application/json"
    return status, json.loads(body)


def test_healthz_is_ok_whatever_happens(start: Start) -> None:
    assert page(start(*WEB), "/healthz") == (200, {"status": "ok"})


def test_readyz_tells_why_not(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    service = start(*WEB)
    status, said = page(service, "/readyz")
    assert status == 503 and said["reasons"] == ["the event source is not open yet"] and said["source"] == "closed"
    service.opened(None, "x")
    service.meters.seen(100, 0, time.time_ns())
    status, said = page(service, "/readyz")
    assert status == 200 and said["status"] == "ok" and said["reasons"] == []
    age = said["last_event_age_seconds"]
    assert isinstance(age, float) and 0 <= age < 600 and said["outputs"] == {"file": {"waiting": 0, "error": ""}}
    service.meters.seen(200, 50, 0)
    assert page(service, "/readyz")[1]["reasons"] == ["50% of the events of the last minute were lost"]
    service.meters.seen(200, 0, 0)
    service.looked -= 100
    assert str(page(service, "/readyz")[1]["reasons"]).startswith("['no events have been looked at for 1")
    service.looked += 100
    monkeypatch.setattr("pysysdig.service.lane.Memory.fill", 0.95)
    assert page(service, "/readyz")[1]["reasons"] == ["the queue of output file is full"]


def test_rules_and_their_alerts(start: Start, tmp_path: Path) -> None:
    service = start(*WEB)
    service.send([Alert(1, 6, "A", "syscall", (), "box", "t", {})] * 3)
    _, said = page(service, "/rules")
    assert said["rules"] == [{"name": "A", "priority": "Informational", "source": "syscall", "tags": [], "alerts": 3}]
    assert said["rules_files"] == [{"path": f"{tmp_path}/r.yaml", "sha256": service.state.rule_files[0].sha256}]


def test_versions(start: Start) -> None:
    assert "engine_version_semver" in page(start(*WEB), "/versions")[1]


def test_metrics_only_if_they_are_wanted(start: Start) -> None:
    for options, want in (
        ([], 404),
        (["metrics.enabled=true", "metrics.output_rule=true"], 404),
        (["webserver.prometheus_metrics_enabled=true"], 404),
        (["metrics.enabled=true", "webserver.prometheus_metrics_enabled=true"], 200),
    ):
        service = start(*WEB, *options)
        assert service.servers.web is not None
        status, kind, _ = get(service.servers.web.port, "/metrics")
        assert status == want and kind.startswith("text/plain")
