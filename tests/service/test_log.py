"""Lines about the service."""

from __future__ import annotations

import re

import pytest

from pysysdig.service.log import DEBUG, INFO, WARNING, Log, stamp


def test_levels_and_places(capfd: pytest.CaptureFixture[str]) -> None:
    system: list[tuple[int, str]] = []
    log = Log(WARNING, system=lambda level, text: system.append((level, text)))
    log.info("not this")
    log.warning("bad \x1b\n thing")
    log.critical("worse")
    lines = capfd.readouterr().err.splitlines()
    assert re.fullmatch(r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}: bad \\x1b", lines[0])
    assert lines[1] == " thing" and lines[2].endswith(": worse")
    assert system == [(4, "bad \\x1b\n thing"), (2, "worse")]
    log.become(Log(INFO, stderr=False))
    log.info("nowhere")
    assert log.level == INFO and len(system) == 2
    Log(DEBUG, stderr=False).debug("x")
    Log(INFO, iso=True).info("y")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}: y\n", capfd.readouterr().err)


def test_stamps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    assert stamp(1795805013.5) == "Fri Nov 27 18:43:33 2026" and stamp(1795805013, iso=True) == "2026-11-27T18:43:33+0000"
