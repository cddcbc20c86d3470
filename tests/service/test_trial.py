"""A test alert to each output."""

from __future__ import annotations

import json
from pathlib import Path

from pysysdig.rules.config_tree import read
from pysysdig.service.config import ServiceConfig
from pysysdig.service.trial import alert, outputs
from tests.conftest import Call
from tests.service.peers import web_peer


def test_what_came_back(tmp_path: Path, call_cli: Call) -> None:
    with web_peer() as peer:
        (tmp_path / "f.yaml").write_text(
            f"file_output: {{enabled: true, filename: {tmp_path}/a}}\nsyslog_output: {{enabled: true, socket: {tmp_path}/none}}\n"
            f"pysysdig:\n  outputs:\n    webhook: {{address: '{peer.url}', minimumpriority: emergency}}\n"
            f"    slack: {{webhookurl: '{peer.url}'}}\n    redis: {{address: '127.0.0.1:1'}}\n"
        )
        peer.answers = [(404, b"gone"), (200, b"")]
        told = dict(outputs(ServiceConfig(read(f"{tmp_path}/f.yaml"))))
        assert told["file"] == told["webhook"] == "" and told["syslog"].endswith("none: No such file or directory")
        assert told["slack"].endswith("the server answered 404: gone") and told["redis"].endswith("refused")
        assert json.loads(peer.bodies[1])["rule"] == "Test rule" and "Test rule" not in (tmp_path / "a").read_text()
        done = call_cli("service", "-c", tmp_path / "f.yaml", "--test-outputs")
    assert done.returncode == 1 and b"webhook: ok\n" in done.stdout and b"file: ok\n" in done.stdout
    assert b"redis: redis: 127.0.0.1:1: Connection refused\n" in done.stdout
    (tmp_path / "f.yaml").write_text("")
    assert call_cli("service", "-c", tmp_path / "f.yaml", "--test-outputs").stdout == b"no output is enabled\n"


def test_it_is_falcosidekicks() -> None:
    assert (alert().rule, alert().source, alert().tags) == ("Test rule", "internal", ("example", "test")) and alert().uuid
