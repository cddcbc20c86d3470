"""Alerts published to an MQTT broker."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from pysysdig.alerts.outputs.mqtt import packet
from pysysdig.errors import PysysdigError, UsageError
from tests.alerts.outputs.sending import ALERT, FORWARDED, made
from tests.alerts.outputs.servers import free_port, started


def test_lengths() -> None:
    assert packet(0x30, b"") == b"\x30\x00" and packet(0x30, b"x" * 127)[:2] == b"\x30\x7f"
    assert packet(0x30, b"x" * 128)[:3] == b"\x30\x80\x01" and packet(0x30, b"x" * 20000)[:4] == b"\x30\xa0\x9c\x01"


@pytest.mark.parametrize("qos", ["0", "1"])
def test_a_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qos: str) -> None:
    """With retained messages, so that whoever comes later gets the last one."""
    monkeypatch.setenv("TZ", "UTC")
    port = free_port()
    (tmp_path / "m.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n")
    section = {"broker": f"tcp://127.0.0.1:{port}", "retained": "true", "qos": qos}
    with started("mosquitto", ["-c", tmp_path / "m.conf"], port, tmp_path):
        output = made("mqtt", section)
        output.send([ALERT._replace(uuid=str(i)) for i in range(50)] + [ALERT], [""] * 51)
        output.close()
        output.send([ALERT], [""])
        output.close()
        reader = shutil.which("mosquitto_sub")
        if reader is not None:
            words = [reader, "-h", "127.0.0.1", "-p", str(port), "-t", "falco/#", "-C", "1", "-W", "60"]
            done = subprocess.run(words, capture_output=True, timeout=90, check=False)
            assert json.loads(done.stdout) == FORWARDED
    with pytest.raises(PysysdigError, match=r"mqtt: 127\.0\.0\.1:\d+: Connection refused"):
        output.send([ALERT], [""])


def test_a_broker_that_wants_a_password(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "m.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous false\nuser root\n")
    output = made("mqtt", {"broker": f"127.0.0.1:{port}", "user": "u", "password": "p"})
    refused = pytest.raises(PysysdigError, match="bad user or password|not allowed")
    with started("mosquitto", ["-c", tmp_path / "m.conf"], port, tmp_path), refused:
        output.send([ALERT], [""])


def test_only_what_can_be_acknowledged_in_one_step() -> None:
    with pytest.raises(UsageError, match="qos is 2"):
        made("mqtt", {"broker": "x", "qos": "2"})
