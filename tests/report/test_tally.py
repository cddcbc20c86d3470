"""What counts for what: as in the chisel wsysdig_summary of sysdig, where that is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from pysysdig.report.tally import is_log
from tests.report.made import data_of


@pytest.mark.parametrize(
    ("name", "log"),
    [
        ("/var/log/messages", True),
        ("/srv/a.log", True),
        ("/srv/access_log", True),
        ("/var/log/a.gz", False),
        ("/etc/passwd", False),
    ],
)
def test_logs(name: str, log: bool) -> None:
    assert is_log(name) is log


_NAMES = {  # what the chisel calls the metrics that a report calls otherwise
    "System Calls": "Events",
    "Executed Interactive Commands": "Commands from a shell",
    "Active Network Connections": "Active connections",
    "Setns Invocations": "Setns calls",
    "HTTP Requests": "HTTP answers",
    "Failed Connection Attempts": "Failed connections",
    "Fork Count": "Forks",
    "Received Signals": "Signals",
    "Slow File I/O calls (1ms+)": "File I/O over 1 ms",
    "Slow File I/O calls (10ms+)": "File I/O over 10 ms",
    "Slow File I/O calls (100ms+)": "File I/O over 100 ms",
    "App Log Messages": "Log messages",
    "App Log Warning Messages": "Log warnings",
    "App Log Error Messages": "Log errors",
}
# processes and containers are not among the tiles; ports that are open from the beginning are not, either
_OTHER = {"Running Processes", "Running Containers", "Listening Ports"}


@pytest.mark.parametrize("capture", ["sample.scap", "502Error.scap", "curl_google.scap", "connect_localhost.scap"])
def test_numbers_are_those_of_sysdig(root: Path, capture: str) -> None:
    path = root.parent / "shared" / "captures" / capture
    sysdig = shutil.which("sysdig")
    if sysdig is None or not path.is_file():
        pytest.skip("needs sysdig and ../shared/captures")
    done = subprocess.run([sysdig, "-r", str(path), "-c", "wsysdig_summary", "40"], capture_output=True, timeout=60)
    if done.returncode:
        pytest.skip("this sysdig cannot run wsysdig_summary on the capture")
    said = json.loads(done.stdout.decode("latin-1"))["slices"][-1]["data"]["metrics"]
    wanted = {_NAMES.get(m["name"], m["name"]).lower(): m["data"]["tot"] for m in said if m["name"] not in _OTHER}
    wanted = {name: total for name, total in wanted.items() if not name.endswith(" bytes")}  # of services
    tiles = {t["name"].lower(): t["total"] for t in data_of(path)["tiles"]}
    assert len(wanted) >= 8 and wanted["events"] > 0
    assert {name: tiles.get(name) for name in wanted} == wanted
