"""Rules that are swapped while events come."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Call
from tests.service.peers import until
from tests.service.services import rewrite

RULE = """
- rule: {name}
  desc: d
  condition: evt.type in (open, openat, openat2) and proc.pid={pid} and fd.name startswith {folder}/
  output: "%fd.name %proc.aname[1]"
  priority: NOTICE
"""


@contextmanager
def serving(tmp_path: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    (tmp_path / "f.yaml").write_text(
        f"log_syslog: false\nlog_stderr: true\njson_output: true\nrules_files: [{tmp_path}/r.yaml]\n"
        f"file_output: {{enabled: true, filename: {tmp_path}/alerts}}\n"
        f"pysysdig: {{spool: {{path: {tmp_path}/spool/s.db}}}}\n"
    )
    command = [sys.executable, "-m", "pysysdig", "service", "-c", f"{tmp_path}/f.yaml", *options]
    env = dict(os.environ, PYTHONPATH=str(Path(__file__).resolve().parents[2]))
    with (tmp_path / "err").open("wb") as err, subprocess.Popen(command, stderr=err, stdout=err, env=env) as running:
        try:
            yield running
        finally:
            running.kill()


def rules_of(tmp_path: Path, name: str) -> list[str]:
    """The rules of the alerts about a file."""
    path = tmp_path / "alerts"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [line["rule"] for line in lines if line["output_fields"].get("fd.name") == f"{tmp_path}/{name}"]


def opened(tmp_path: Path, name: str) -> list[str]:
    """Open a file again and again until there is an alert about it."""

    def once() -> list[str]:
        os.close(os.open(tmp_path / name, os.O_CREAT | os.O_RDONLY))
        return rules_of(tmp_path, name)

    return until(once)


@pytest.mark.live
def test_without_privileges(request: pytest.FixtureRequest) -> None:
    """Once it captures it is another user, and goes on: alerts are raised and delivered, rules read anew, processes seen."""
    tmp_path = Path(tempfile.mkdtemp())  # others may look into it
    request.addfinalizer(lambda: shutil.rmtree(tmp_path))
    tmp_path.chmod(0o755)
    rule = {"pid": os.getpid(), "folder": tmp_path}
    (tmp_path / "r.yaml").write_text(RULE.format(name="A", **rule))
    (tmp_path / "r.yaml").chmod(0o600)
    (tmp_path / "alerts").write_text("")
    (tmp_path / "alerts").chmod(0o666)
    with serving(tmp_path, "-o", "pysysdig.user=nobody") as running:
        assert set(opened(tmp_path, "one")) == {"A"}
        assert "Uid:\t0" not in Path(f"/proc/{running.pid}/status").read_text()
        rewrite(tmp_path / "r.yaml", RULE.format(name="B", **rule))
        until(lambda: "Reloaded: 1 rules" in (tmp_path / "err").read_text())
        assert set(opened(tmp_path, "two")) == {"B"}
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    assert "Traceback" not in (tmp_path / "err").read_text()


@pytest.mark.live
def test_a_trace_holds_what_led_to_an_alert(tmp_path: Path, run_cli: Call) -> None:
    """The alert names its file, which begins before the event that asked for it, with the state of that moment."""
    rule = {"pid": os.getpid(), "folder": tmp_path}
    (tmp_path / "r.yaml").write_text(
        RULE.format(name="A", **rule).replace(f"{tmp_path}/", f"{tmp_path}/mark") + "  capture: true\n"
    )
    before = str(tmp_path / "before")
    options = ["-o", "capture.enabled=true", "-o", f"capture.path_prefix={tmp_path}/t/x", "-o", "capture.default_duration=100"]
    with serving(tmp_path, *options) as running:

        def once() -> list[dict[str, object]]:
            os.close(os.open(before, os.O_CREAT | os.O_RDONLY))
            os.close(os.open(tmp_path / "mark", os.O_CREAT | os.O_RDONLY))
            path = tmp_path / "alerts"
            return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

        alert = until(once)[0]
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    fields = alert["output_fields"]
    assert isinstance(fields, dict) and str(alert["output"]).endswith(f"capture_file={fields['capture.file']}")
    done = run_cli("-r", fields["capture.file"], "-p", "%evt.time.s %fd.name %proc.pid", f"fd.name={before}")
    assert f"{before} {os.getpid()}" in done.stdout.decode(), done


@pytest.mark.live
def test_rules_change_while_it_runs(tmp_path: Path) -> None:
    rule = {"pid": os.getpid(), "folder": tmp_path}
    (tmp_path / "r.yaml").write_text(RULE.format(name="A", **rule))
    with serving(tmp_path) as running:
        assert set(opened(tmp_path, "one")) == {"A"}
        (tmp_path / "new").write_text(RULE.format(name="B", **rule))
        os.replace(tmp_path / "new", tmp_path / "r.yaml")
        until(lambda: "Reloaded: 1 rules" in (tmp_path / "err").read_text())
        assert set(opened(tmp_path, "two")) == {"B"}
        (tmp_path / "r.yaml").write_text("- rule: broken\n")
        until(lambda: "hot restart failure" in (tmp_path / "alerts").read_text())
        assert set(opened(tmp_path, "three")) == {"B"}
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    said = (tmp_path / "err").read_text()
    assert "Events detected:" in said and "   A: " in said and "   B: " in said and "Traceback" not in said
    assert said.count("Opening 'syscall' source") == 1
