"""wsysdig_summary: the numbers of sysdig's, where that is installed, and those of the report."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Call
from tests.report.made import data_of

CAPTURES = ("sample", "502Error", "curl_google", "connect_localhost", "cat_write", "single_ipv6_conn")


def summary(output: bytes) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(output.decode("latin-1"))["slices"][-1]["data"]
    return data


@pytest.mark.parametrize("points", ["400", "40", "7"])
@pytest.mark.parametrize("capture", CAPTURES)
def test_numbers_and_courses_are_those_of_sysdig(root: Path, call_cli: Call, capture: str, points: str) -> None:
    path = root.parent / "shared" / "captures" / f"{capture}.scap"
    sysdig = shutil.which("sysdig")
    if sysdig is None or not path.is_file():
        pytest.skip("needs sysdig and ../shared/captures")
    done = subprocess.run([sysdig, "-r", str(path), "-c", "wsysdig_summary", points], capture_output=True, timeout=120)
    if done.returncode:
        pytest.skip("this sysdig cannot run wsysdig_summary on the capture")
    wanted, mine = summary(done.stdout), summary(call_cli("-r", str(path), "-c", "wsysdig_summary", points).stdout)
    assert mine["info"] == wanted["info"]
    theirs = {m["name"]: m for m in wanted["metrics"]}
    assert {m["name"] for m in mine["metrics"]} == set(theirs)
    for metric in mine["metrics"]:
        other = theirs[metric["name"]]
        assert (metric["category"], metric["targetView"]) == (other["category"], other["targetView"])
        course, others = metric["data"].pop("timeLine"), other["data"].pop("timeLine")
        assert [(p["t"], round(p["v"], 6)) for p in course] == [(p["t"], round(p["v"], 6)) for p in others], metric["name"]
        assert metric["data"] == pytest.approx(other["data"]), metric["name"]


def test_numbers_are_those_of_a_report(root: Path, call_cli: Call) -> None:
    path = root / "captures" / "demo.scap"
    data = summary(call_cli("-r", str(path), "-c", "wsysdig_summary").stdout)
    found = {m["name"].lower(): m["data"] for m in data["metrics"]}
    totals = {t["name"].lower(): t["total"] for t in data_of(path)["tiles"]} | {"system calls": 0}
    both = set(found) & set(totals) - {"system calls"}
    assert len(both) > 8
    assert {name: found[name]["tot"] for name in both} == {name: totals[name] for name in both}
    for name in both:
        course = [point["v"] for point in found[name]["timeLine"]]
        assert max(course) == found[name]["max"]
        assert sum(course) >= found[name]["tot"]


@pytest.mark.parametrize("argument", ["x", "1,x", "-1", "1,2,3"])
def test_wrong_arguments(root: Path, call_cli: Call, argument: str) -> None:
    result = call_cli("-r", str(root / "captures" / "demo.scap"), "-c", "wsysdig_summary", argument)
    assert result.returncode == 1 and b"Traceback" not in result.stderr and result.stderr.count(b"\n") == 1
