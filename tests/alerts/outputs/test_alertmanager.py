"""Alerts in Alertmanager."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.alerts.outputs.sending import ALERT, document, made, posted
from tests.service.peers import free_port, until
from tests.service.services import get


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def test_the_alert_is_falcosidekicks_without_what_differs_each_time() -> None:
    (request,) = posted("alertmanager", {"extralabels": "site:x"}, "hostport")
    text = "15:31:56.746609000: Error Error below\nsecond"
    assert request.path == "/api/v2/alerts" and document(request) == [{
        "labels": {
            "alertname": "My rule, 1", "rule": "My rule, 1", "source": "falco", "eventsource": "syscall", "priority": "Error",
            "severity": "warning", "hostname": "h1", "tags": "a,b", "fd_name": "/bin/<hack>", "k8s_ns_name": "shop",
            "proc_aname_2": 'a "b"', "proc_pid": "77", "site": "x",
        },
        "annotations": {"info": text, "description": text, "summary": "My rule, 1"},
        "endsAt": "0001-01-01T00:00:00Z",
    }]  # fmt: skip


def test_options() -> None:
    section = {"expiresafter": "60", "customseveritymap": "error:page,debug:none", "endpoint": "/x"}
    (request,) = posted("alertmanager", {**section, "extraannotations": "runbook:r"}, "hostport")
    (alert,) = document(request)
    assert request.path == "/x" and alert["endsAt"] == "2019-05-17T15:32:56.746609Z"
    assert alert["labels"]["severity"] == "page" and alert["annotations"]["runbook"] == "r"


def test_a_real_one_groups_them(tmp_path: Path) -> None:
    """Equal alerts that come one after the other are one there; others are others."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        pytest.skip("alertmanager is not installed")
    (tmp_path / "a.yml").write_text("route: {receiver: none, group_by: [rule]}\nreceivers: [{name: none}]\n")
    port = free_port()
    words = [
        f"--config.file={tmp_path}/a.yml", f"--storage.path={tmp_path}/data", f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]  # fmt: skip
    with (tmp_path / "log").open("wb") as log, subprocess.Popen([program, *words], stdout=log, stderr=log) as running:
        try:

            def ready() -> bool:
                try:
                    return get(port, "/-/ready")[0] == 200
                except OSError:
                    return False

            until(ready)
            output = made("alertmanager", {"hostport": f"http://127.0.0.1:{port}"})
            now = time.time_ns()
            for rule, at in (("One", now), ("One", now + 10**9), ("Two", now)):
                alert = ALERT._replace(rule=rule, time=at, fields={**ALERT.fields, "evt.time": at})
                output.send([alert], [""])
            output.close()
            groups = until(lambda: [g for g in json.loads(get(port, "/api/v2/alerts/groups")[2]) if g["alerts"]])
            until(lambda: len(json.loads(get(port, "/api/v2/alerts")[2])) == 2)
            assert {alert["labels"]["rule"] for group in groups for alert in group["alerts"]} <= {"One", "Two"}
        finally:
            running.terminate()
