"""What live capture needs, checked one by one: whatever the machine has, there is an answer, and a hint where it is missing."""

from __future__ import annotations

import json
import platform

import pytest

from pysysdig.capture import doctor
from pysysdig.capture.doctor import Check, check_requirements, report


def test_each_says_what_was_found() -> None:
    checks = check_requirements()
    assert len({c.name for c in checks}) == len(checks) > 6
    assert all(c.detail and "\n" not in c.detail for c in checks) and all(
        c.hint for c in checks if not c.ok and c.name != "open files"
    )


@pytest.mark.parametrize(
    ("release", "ok"), [("5.8.0-1", True), ("6.18.44", True), ("5.7.19", False), ("4.19", False), ("odd", False)]
)
def test_kernels(release: str, ok: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "release", lambda: release)
    check = next(c for c in check_requirements() if c.name == "kernel")
    assert (check.ok, check.detail) == (ok, release)


@pytest.mark.parametrize(
    ("status", "ok", "detail"),
    [
        ("CapEff:\t0000000000200000\n", True, None),
        ("CapEff:\t000000c000000000\n", True, "CAP_BPF"),
        ("CapEff:\t0000008000000000\n", False, "without CAP_PERFMON"),
        ("CapEff:\t0000000000000000\n", False, "without CAP_PERFMON, CAP_BPF"),
    ],
)
def test_permission(status: str, ok: bool, detail: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, what the kernel may be able to do is not asked."""
    monkeypatch.setattr(doctor, "_read", lambda path: status)
    checks = {c.name: c for c in check_requirements()}
    assert checks["permission"].ok is ok and detail in (None, checks["permission"].detail)
    assert ("BPF" in checks) is ok


@pytest.mark.parametrize("ok", [True, False])
def test_the_report(ok: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "check_requirements", lambda: [Check("a", True, "fine"), Check("b", ok, "found", "do that")])
    text, complete = report()
    assert complete is ok and len(text.splitlines()) >= 2 and ("do that" in text) is not ok
    assert report(as_json=True)[1] is ok and json.loads(report(as_json=True)[0])
