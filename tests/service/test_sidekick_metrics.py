"""What falcosidekick counts, as it names it."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.alerts.test_parsed import BODY
from tests.service.services import Start, get, start
from tests.service.test_receiver import post

__all__ = ["start"]


def test_a_page_of_the_receiver(start: Start) -> None:
    service = start("pysysdig.receiver.enabled=true", "pysysdig.receiver.listen_port=0")
    assert service.servers.receiver is not None
    port = service.servers.receiver.port
    fields = {"k8s.ns.name": "shop", "k8s.pod.name": 'web"1'}
    assert post(port, "/", json.dumps({**BODY, "priority": "Error", "output_fields": fields}).encode())[0] == 200
    assert post(port, "/", b"{}")[0] == 400
    status, kind, page = get(port, "/metrics")
    assert status == 200 and kind.startswith("text/plain")
    prefix = "falcosecurity_falcosidekick_"
    for line in (
        f'{prefix}inputs_total{{source="requests",status="accepted"}} 1',
        f'{prefix}inputs_total{{source="requests",status="rejected"}} 1',
        f'{prefix}outputs_total{{destination="file",status="error"}} 0',
        f'{prefix}falco_events_total{{hostname="h1",k8s_ns_name="shop",k8s_pod_name="web\\"1",priority="5",priority_raw="error",'
        'rule="R",source="syscall"} 1',
    ):
        assert line in page.splitlines()
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    done = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_whoever_asks_for_a_password_tells_nothing(start: Start) -> None:
    words = ("enabled=true", "listen_port=0", "user=fleet", "password=s3cret")
    service = start(*(f"pysysdig.receiver.{word}" for word in words))
    assert service.servers.receiver is not None
    assert get(service.servers.receiver.port, "/metrics")[0] == 404
