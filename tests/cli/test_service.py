"""The command line of the service."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysysdig.alerts.http import Client
from pysysdig.events.build import event
from pysysdig.scap.build import write_capture
from pysysdig.state.build import process, snapshot
from tests.service.peers import free_port, until, web_peer
from tests.service.services import get

CallCli = Callable[..., Any]
RULE = """
- rule: opened
  desc: a file was opened
  condition: evt.type=openat
  output: "opened %fd.name"
  priority: NOTICE
  tags: [b, a]
"""


@pytest.fixture
def words(tmp_path: Path) -> list[object]:
    """A recording in which /0 to /3 are opened, a rule, and a configuration that names both."""
    events = []
    for i in range(4):
        events.append(event("SYSCALL_OPENAT_2_E", 10**18 + i * 666_000_000, 42, [-100, f"/{i}", 1, 0]))
        events.append(event("SYSCALL_OPENAT_2_X", 10**18 + i * 666_000_000 + 1, 42, [3, -100, f"/{i}", 1, 0, 0, 0]))
    write_capture(tmp_path / "t.scap", snapshot(process(42, "cat")), events)
    (tmp_path / "r.yaml").write_text(RULE)
    (tmp_path / "f.yaml").write_text(
        f"rules_files: [{tmp_path}/r.yaml]\nengine: {{kind: replay, replay: {{capture_file: {tmp_path}/t.scap}}}}\n"
        "stdout_output: {enabled: true}\nlog_stderr: true\nlog_syslog: false\n"
    )
    return ["service", "-c", tmp_path / "f.yaml"]


def test_a_recording(call_cli: CallCli, words: list[object], tmp_path: Path) -> None:
    """Alerts are those of a run without a service, as text and as JSON."""
    plain = call_cli("-r", tmp_path / "t.scap", "--rules", tmp_path / "r.yaml")
    served = call_cli(*words)
    assert served.stdout == plain.stdout and served.returncode == 0
    said = [line.partition(": ")[2] for line in served.stderr.decode().splitlines()]
    assert said[0].startswith("Falco version: 0.") and said[1] == "Falco initialized with configuration files:"
    assert said[2] == f"   {tmp_path}/f.yaml | schema validation: ok" and said[3].startswith("System info: ")
    assert said[4:] == [
        "Loading rules from:",
        f"   {tmp_path}/r.yaml | schema validation: ok",
        "Loaded event sources: syscall",
        "Enabled event sources: syscall",
        f"Replaying the scap file: {tmp_path}/t.scap",
    ]
    plain = call_cli("-r", tmp_path / "t.scap", "--rules", tmp_path / "r.yaml", "-j")
    assert call_cli(*words, "-o", "json_output=true").stdout == plain.stdout != b""


def test_where_it_ends(call_cli: CallCli, words: list[object], tmp_path: Path) -> None:
    done = call_cli(*words, "-M", "1", "-P", tmp_path / "pid", "-U")
    assert done.stdout.count(b"opened /") == 2 and (tmp_path / "pid").read_text() == str(os.getpid())
    assert call_cli(*words, "-P", tmp_path / "no" / "pid").returncode == 255


def test_rules_in_place_of_those_of_the_configuration(call_cli: CallCli, words: list[object], tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(RULE.replace("opened %", "saw %"))
    assert call_cli(*words, "-r", tmp_path / "other.yaml").stdout.count(b"saw /") == 4


def test_a_collector_that_watches_nothing(tmp_path: Path) -> None:
    """engine.kind: nodriver: what others post is delivered, and SIGTERM ends it."""
    port = free_port()
    (tmp_path / "r.yaml").write_text(RULE)
    (tmp_path / "f.yaml").write_text(
        f"engine: {{kind: nodriver}}\nrules_files: [{tmp_path}/r.yaml]\njson_output: true\nlog_syslog: false\n"
        f"file_output: {{enabled: true, filename: {tmp_path}/alerts}}\n"
        f"pysysdig: {{receiver: {{enabled: true, listen_port: {port}}}}}\n"
    )
    env = dict(os.environ, PYTHONPATH=str(Path(__file__).resolve().parents[2]))
    command = [sys.executable, "-m", "pysysdig", "service", "-c", str(tmp_path / "f.yaml")]
    with subprocess.Popen(command, env=env) as running:
        try:
            until(lambda: answers(port))
            client = Client(f"http://127.0.0.1:{port}/", what="test")
            body = {"rule": "R", "priority": "Error", "time": "2020-01-01T00:00:00Z", "output": "x", "output_fields": {"a": 1}}
            assert client.post(json.dumps(body).encode(), "application/json").status == 200
            client.close()
            until(lambda: (tmp_path / "alerts").exists() and '"rule":"R"' in (tmp_path / "alerts").read_text())
            running.terminate()
            assert running.wait(60) == 0
        finally:
            running.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_end_in_the_middle_of_a_delivery(tmp_path: Path, number: signal.Signals) -> None:
    """The receiver has the request and does not answer: it ends all the same, and the next start sends it again with its key."""
    port = free_port()
    (tmp_path / "r.yaml").write_text(RULE)
    body = json.dumps({"rule": "R", "priority": "Error", "time": "2020-01-01T00:00:00Z", "output": "x"}).encode()
    with web_peer() as peer:
        (tmp_path / "f.yaml").write_text(
            f"engine: {{kind: nodriver}}\nrules_files: [{tmp_path}/r.yaml]\nlog_syslog: false\noutput_timeout: 200\n"
            f"http_output: {{enabled: true, url: '{peer.url}'}}\n"
            f"pysysdig: {{receiver: {{enabled: true, listen_port: {port}}}, spool: {{path: {tmp_path}/spool.db}}}}\n"
        )
        env = dict(os.environ, PYTHONPATH=str(Path(__file__).resolve().parents[2]))
        command = [sys.executable, "-m", "pysysdig", "service", "-c", str(tmp_path / "f.yaml")]
        peer.gate.clear()
        with subprocess.Popen(command, env=env) as running:
            try:
                until(lambda: answers(port))
                client = Client(f"http://127.0.0.1:{port}/", what="test")
                assert client.post(body, "application/json").status == 200
                client.close()
                until(lambda: peer.waiting)
                running.send_signal(number)
                assert running.wait(60) == (0 if number == signal.SIGTERM else -9)
            finally:
                running.kill()
        peer.gate.set()
        with subprocess.Popen(command, env=env) as running:
            try:
                until(lambda: len(peer.requests) == 2)
                running.terminate()
                assert running.wait(60) == 0
            finally:
                running.kill()
    first, second = peer.requests
    assert first.body == second.body and first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]


def answers(port: int) -> bool:
    try:
        return get(port, "/ping")[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["-c", "/no/such.yaml"], "Could not find configuration file at /no/such.yaml"),
        (["extra"], "service: what is extra?"),
        (["-o", "x"], "Must be of the form key=val"),
        (["-o", "http_output.enabled=true"], "http output enabled but no url"),
        (["-o", "priority=loud"], 'Unknown priority "loud"'),
        (["--dry-run", "-o", "file_output.enabled=true"], "file output enabled but no filename"),
        (["--nothing"], "unrecognized option"),
        (["-r", "/no/rules.yaml"], "Could not open file /no/rules.yaml"),
    ],
)
def test_what_is_wrong(call_cli: CallCli, words: list[object], more: list[str], why: str) -> None:
    done = call_cli(*words, *more)
    assert done.returncode == 1 and why in done.stderr.decode() and b"Traceback" not in done.stderr


def test_what_is_only_shown(call_cli: CallCli, words: list[object]) -> None:
    assert call_cli(*words, "--dry-run").returncode == 0
    assert json.loads(call_cli(*words, "--support").stdout)["cmdline"].startswith("pysysdig service -c ")
    for option in ("--config-schema", "--rule-schema"):
        assert json.loads(call_cli("service", option).stdout)["$schema"]
    assert b"Falco version: " in call_cli("service", "--version").stdout


@pytest.mark.parametrize("version", ["0.27.0", "0.31.1", "current"])
def test_falcos_own_configurations(call_cli: CallCli, words: list[object], tmp_path: Path, version: str) -> None:
    """As they are shipped (the keys and values of each)."""
    shipped = Path(__file__).with_name("falco_configs") / f"{version}.yaml"
    text = shipped.read_text()
    done = call_cli(
        "service", "-c", shipped, "-r", tmp_path / "r.yaml", "-o", "engine.kind=replay", "-o",
        f"engine.replay.capture_file={tmp_path}/t.scap", "-o", f"syslog_output.socket={tmp_path}/log", "-o", "log_syslog=false",
        "-o", "output_timeout=100",
    )  # fmt: skip
    said = done.stderr.decode()
    assert done.stdout.count(b"opened /") == 4 and f"{shipped} | schema validation: ok" in said
    assert said.count("Keys without effect here: ") == 1 and "syslog_output" in text
    assert done.returncode == 1 and said.count("log: No such file or directory") == 1  # there is no system log
