"""Audit events in a service: beside system calls, and without them."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.eventsources.audit_events import audit, lines, log
from tests.service.peers import free_port, until
from tests.service.services import rewrite
from tests.service.test_listening import post

RULE = """
- rule: {name}
  desc: d
  condition: ka.verb in (create, {verb})
  output: "%ka.user.name %ka.verb"
  priority: NOTICE
  source: k8s_audit
"""
CALLS = """
- rule: Opened
  desc: d
  condition: evt.type in (open, openat, openat2) and fd.name={path}
  output: "%fd.name"
  priority: NOTICE
"""


@contextmanager
def serving(tmp_path: Path, config: str, rules: str) -> Iterator[subprocess.Popen[bytes]]:
    (tmp_path / "r.yaml").write_text(rules)
    (tmp_path / "f.yaml").write_text(
        f"log_syslog: false\nlog_stderr: true\njson_output: true\nrules_files: [{tmp_path}/r.yaml]\n"
        f"file_output: {{enabled: true, filename: {tmp_path}/alerts}}\nstdout_output: {{enabled: false}}\n"
        f"pysysdig: {{spool: {{path: ''}}}}\n{config}"
    )
    command = [sys.executable, "-m", "pysysdig", "service", "-c", f"{tmp_path}/f.yaml"]
    env = dict(os.environ, PYTHONPATH=str(Path(__file__).resolve().parents[2]))
    with (tmp_path / "err").open("wb") as err, subprocess.Popen(command, stderr=err, stdout=err, env=env) as running:
        try:
            yield running
        finally:
            running.kill()


def alerts(tmp_path: Path) -> list[dict[str, Any]]:
    path = tmp_path / "alerts"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def said(tmp_path: Path) -> str:
    return (tmp_path / "err").read_text()


def taken(port: int, path: str, body: bytes) -> tuple[int, bytes]:
    """Once somebody listens."""

    def once() -> tuple[int, bytes] | None:
        try:
            return post(port, body, path)
        except OSError:
            return None

    return until(once)


def test_webhook_and_log_file(tmp_path: Path) -> None:
    port = free_port()
    path = log(tmp_path, audit())
    config = f"""
engine: {{kind: nodriver}}
load_plugins: [k8saudit, json]
plugins:
  - {{name: k8saudit, library_path: libk8saudit.so, init_config: {{}}, open_params: "http://127.0.0.1:{port}/k8s-audit"}}
  - {{name: k8saudit, library_path: libk8saudit.so, init_config: '{{"useAsync": true}}', open_params: "file://{path}"}}
  - {{name: json, library_path: libjson.so}}
"""
    with serving(tmp_path, config, RULE.format(name="A", verb="get")) as running:
        assert taken(port, "/k8s-audit", lines(audit("get"))) == (200, b"")
        (first,) = until(lambda: alerts(tmp_path))
        assert (first["rule"], first["source"], first["time"]) == ("A", "k8s_audit", "2023-11-14T22:13:20.000000000Z")
        assert first["output_fields"]["ka.verb"] == "get"
        with path.open("ab") as file:
            file.write(lines(audit("create")))
        until(lambda: len(alerts(tmp_path)) == 2)
        assert taken(port, "/k8s-audit", b"{broken")[0] == 200
        until(lambda: "request 2: not JSON" in said(tmp_path))
        rewrite(tmp_path / "r.yaml", RULE.format(name="B", verb="list"))
        until(lambda: "Reloaded: 1 rules" in said(tmp_path))
        taken(port, "/k8s-audit", lines({"kind": "EventList", "items": [audit("get"), audit("list")]}))
        until(lambda: len(alerts(tmp_path)) == 3)
        assert alerts(tmp_path)[2]["rule"] == "B"
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
    text = said(tmp_path)
    assert "Enabled event sources: syscall, k8s_audit" in text and "not supported" not in text
    assert f"Opening 'k8s_audit' source with plugin 'k8saudit': http://127.0.0.1:{port}/k8s-audit" in text


def test_what_has_come_is_counted(tmp_path: Path) -> None:
    """By source, in /metrics; the limits of init_config count."""
    port, pages = free_port(), free_port()
    config = f"""
engine: {{kind: nodriver}}
metrics: {{enabled: true}}
webserver: {{enabled: true, listen_port: {pages}, prometheus_metrics_enabled: true}}
plugins:
  - name: k8saudit
    init_config: {{maxEventSize: 2000, webhookMaxBatchSize: 5000}}
    open_params: "http://127.0.0.1:{port}/a"
"""
    large = audit("create", requestObject={"x": "y" * 2000})
    with serving(tmp_path, config, RULE.format(name="A", verb="get")):
        assert (
            taken(port, "/a", json.dumps({"kind": "EventList", "items": [audit("get"), large, audit("list")]}).encode())[0] == 200
        )
        try:
            assert post(port, b" " * 6000, "/a")[0] == 413
        except (BrokenPipeError, ConnectionResetError):
            pass  # the body was still being sent
        assert post(port, b"{broken", "/a")[0] == 200

        def shown() -> bool:
            text = post(pages, b"", "/metrics", method="GET")[1].decode()
            return {
                'falcosecurity_scap_engine_name_info{engine_name="source_plugin",evt_source="k8s_audit"} 1',
                'pysysdig_source_events_total{source="k8s_audit"} 2',
                'pysysdig_source_left_out_total{source="k8s_audit"} 2',
            } <= set(text.splitlines())

        until(shown)


def test_as_falco_0_31_with_a_certificate(tmp_path: Path) -> None:
    trustme = pytest.importorskip("trustme", reason="the Python package trustme is not installed")
    authority = trustme.CA()
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "falco.pem"))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    port = free_port()
    config = f"""
engine: {{kind: nodriver}}
webserver:
  {{enabled: true, listen_port: {port}, k8s_audit_endpoint: /k8s-audit, ssl_enabled: true, ssl_certificate: {tmp_path}/falco.pem}}
"""
    with serving(tmp_path, config, RULE.format(name="A", verb="get")):
        assert taken(port, "/k8s-audit", lines(audit()))[0] == 400  # without TLS
        with closing(http.client.HTTPSConnection("localhost", port, timeout=20, context=context)) as connection:
            connection.request("POST", "/k8s-audit", lines(audit()), {"Content-Type": "application/json"})
            assert connection.getresponse().read() == b"<html><body>Ok</body></html>"
        until(lambda: alerts(tmp_path))


def test_as_falco_0_31(tmp_path: Path) -> None:
    port = free_port()
    config = f"engine: {{kind: nodriver}}\nwebserver: {{enabled: true, listen_port: {port}, k8s_audit_endpoint: /k8s-audit}}\n"
    with serving(tmp_path, config, RULE.format(name="A", verb="get")):
        assert taken(port, "/k8s-audit", lines(audit())) == (200, b"<html><body>Ok</body></html>")
        assert taken(port, "/k8s-audit", b"{}")[0] == 400
        until(lambda: alerts(tmp_path))
        assert post(port, b"", "/healthz", method="GET") == (200, b'{"status": "ok"}')


def test_inputs_that_cannot_be_opened_end_it(tmp_path: Path) -> None:
    config = "engine: {kind: nodriver}\nplugins: [{name: k8saudit, open_params: 'http://127.0.0.1:0'}, "
    config += "{name: k8saudit, open_params: 'file:x'}]\n"
    with serving(tmp_path, config, RULE.format(name="A", verb="get")) as running:
        assert running.wait(60) == 1 and "file:///PATH" in said(tmp_path) and "Traceback" not in said(tmp_path)


def test_a_reload_with_inputs_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    port, later = free_port(), free_port()
    config = "engine: {{kind: nodriver}}\nplugins: [{{name: k8saudit, open_params: '{}'}}]\n"
    with serving(tmp_path, config.format(f"http://127.0.0.1:{port}/a"), RULE.format(name="A", verb="get")):
        taken(port, "/a", lines(audit("get")))
        until(lambda: len(alerts(tmp_path)) == 1)
        for params in ("", f"{tmp_path}/none.json"):
            text = (tmp_path / "f.yaml").read_text()
            rewrite(tmp_path / "f.yaml", re.sub("open_params: '.*?'", f"open_params: '{params}'", text))
            until(lambda params=params: f"hot restart failure: plugins: k8s_audit: {params}" in said(tmp_path))  # type: ignore[misc]
            before = len(alerts(tmp_path))
            assert taken(port, "/a", lines(audit("get")))[0] == 200
            until(lambda before=before: len(alerts(tmp_path)) > before)  # type: ignore[misc]
        rewrite(tmp_path / "f.yaml", re.sub("open_params: '.*?'", f"open_params: 'http://127.0.0.1:{later}/a'", text))
        assert taken(later, "/a", lines(audit("get")))[0] == 200


def test_an_input_that_fails(tmp_path: Path) -> None:
    """It is said, and the service is not ready any more; everything else goes on."""
    port, path = free_port(), log(tmp_path, audit())
    config = f"""
engine: {{kind: nodriver}}
webserver: {{enabled: true, listen_port: {port}, k8s_audit_endpoint: /a}}
plugins: [{{name: k8saudit, open_params: "file://{path}"}}]
"""
    with serving(tmp_path, config, RULE.format(name="A", verb="get")):
        assert taken(port, "/a", lines(audit()))[0] == 200
        until(lambda: alerts(tmp_path))
        until(lambda: post(port, b"", "/readyz", method="GET")[0] == 200)
        path.unlink()
        path.mkdir()
        status, body = until(lambda: found if (found := post(port, b"", "/readyz", method="GET"))[0] == 503 else None)
        assert "audit.json: cannot" in json.loads(body)["reasons"][0]
        post(port, lines(audit("get")), "/a")
        until(lambda: len(alerts(tmp_path)) == 2)
    assert "no more events are taken from there" in said(tmp_path)


@pytest.mark.live
def test_beside_system_calls(tmp_path: Path) -> None:
    port = free_port()
    config = f"plugins: [{{name: k8saudit, open_params: 'http://127.0.0.1:{port}/a'}}]\n"
    rules = RULE.format(name="A", verb="get") + CALLS.format(path=tmp_path / "f.yaml")
    with serving(tmp_path, config, rules) as running:
        until(lambda: "Opening 'syscall' source" in said(tmp_path))
        taken(port, "/a", lines(audit()))

        def both() -> bool:
            (tmp_path / "f.yaml").read_text()
            return {alert["rule"] for alert in alerts(tmp_path)} == {"A", "Opened"}

        until(both)
        running.send_signal(signal.SIGTERM)
        running.wait(60)
    assert "   A: 1\n" in said(tmp_path)
