"""The service between batches: reloads, signals, what it says about itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pysysdig.service import daemon
from pysysdig.state.levels import COUNTERS, FD
from tests.service.peers import until
from tests.service.services import RULE, Start, alerts, rewrite, start

__all__ = ["start"]


def test_a_change_of_a_file_is_taken_between_batches(start: Start, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    service = start()
    assert service.look() is None
    rewrite(tmp_path / "r.yaml", RULE.format("A") + RULE.format("B"))
    found = until(service.look)
    assert [rule.name for rule in found.rules.rules] == ["A", "B"] and service.state is found
    assert service.look() is None and service.reloaded_ns > service.started_ns
    said = capfd.readouterr().err
    assert "SIGHUP received, restarting...\n" in said and "Reloaded: 2 rules are on (r.yaml " in said


def test_a_broken_file_changes_nothing_and_is_told_of(start: Start, tmp_path: Path) -> None:
    service = start()
    before = service.state
    rewrite(tmp_path / "r.yaml", RULE.format("A").replace("openat", "nosuchcall"))
    until(lambda: (service.look(), alerts(tmp_path))[1])
    assert service.state is before
    (alert,) = alerts(tmp_path)
    assert alert["rule"] == "Falco internal: hot restart failure" and alert["priority"] == "Critical"
    assert alert["output"].startswith("Falco internal: hot restart failure: ") and alert["output_fields"] == {}
    rewrite(tmp_path / "r.yaml", RULE.format("C"))
    assert until(service.look).rules.rules[0].name == "C"


def test_a_configuration_that_outputs_cannot_be_made_of_changes_nothing(start: Start, tmp_path: Path) -> None:
    service = start()
    text = (tmp_path / "f.yaml").read_text()
    rewrite(tmp_path / "f.yaml", text + "program_output: {enabled: true}\n")
    until(lambda: (service.look(), alerts(tmp_path))[1])
    assert "no program in configuration block" in alerts(tmp_path)[0]["output"] and list(service.delivery.lanes) == ["file"]


def test_rules_that_need_more_state_than_there_is(start: Start, tmp_path: Path) -> None:
    service = start()
    service.level = FD
    rewrite(tmp_path / "r.yaml", RULE.format("A").replace("evt.type=openat", "proc.vmsize > 5"))
    until(lambda: (service.look(), alerts(tmp_path))[1])
    assert "need running counters" in alerts(tmp_path)[0]["output"]
    service.level = COUNTERS
    service.ask_reload()
    assert until(service.look).rules.needs == COUNTERS


def test_files_are_opened_anew(start: Start, tmp_path: Path) -> None:
    service = start("file_output.keep_alive=true")
    service.internal("R", daemon.DEBUG, "one")
    until(lambda: alerts(tmp_path))
    os.rename(tmp_path / "alerts", tmp_path / "old")
    service.ask_reopen()
    service.look()
    service.internal("R", daemon.DEBUG, "two", {"k": "v"})
    until(lambda: alerts(tmp_path))
    assert [a["output"] for a in alerts(tmp_path)] == ["two"] and alerts(tmp_path)[0]["source"] == "internal"


def test_alerts_that_were_dropped_are_told_of(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = start()
    monkeypatch.setattr(service.delivery, "lost", lambda: iter([("http", 7), ("file", 0)]))
    service.look()
    service.look()
    until(lambda: alerts(tmp_path))
    service.close()
    (alert,) = alerts(tmp_path)
    assert alert["output"] == "Falco internal: alerts dropped. http: 7." and alert["output_fields"] == {"http": "7"}


def test_snapshots_of_metrics(start: Start, tmp_path: Path) -> None:
    """As alerts, which do not count as such, and in a file; the second tells what is new."""
    options = ["metrics.enabled=true", "metrics.interval=100ms", "metrics.output_rule=true", f"metrics.output_file={tmp_path}/m"]
    service = start(*options)
    until(lambda: service.look() or len(alerts(tmp_path)) >= 2)
    first, second = alerts(tmp_path)[:2]
    assert first["rule"] == "Falco internal: metrics snapshot" and first["output"] == "Falco metrics snapshot"
    assert first["priority"] == "Informational" and not service.meters.rules
    lines = [json.loads(line) for line in (tmp_path / "m").open()]
    assert [line["sample"] for line in lines[:2]] == [1, 2] and lines[0]["output_fields"] == first["output_fields"]
    assert "falco.evts_rate_sec" in second["output_fields"] and "falco.evts_rate_sec" not in first["output_fields"]


@pytest.mark.slow
def test_a_thousand_rules(start: Start, tmp_path: Path) -> None:
    """Are read, and swapped for a thousand others while the service goes on."""

    def text(kind: str) -> str:
        condition = "evt.type=openat and fd.name startswith /{}/{}/ and not proc.name in (a, b, c{})"
        return "".join(RULE.format(f"{kind} {i}").replace("evt.type=openat", condition.format(kind, i, i)) for i in range(1000))

    many = tmp_path / "many.yaml"
    many.write_text(text("x"))
    service = start(f"rules_files[1]={many}", "watch_config_files=false")
    assert len(service.state.rules.rules) == 1001
    rewrite(many, text("y"))
    service.ask_reload()
    assert service.look() is None  # it is read beside
    assert len(until(service.look).rules.rules) == 1001
    assert service.state.rules.rules[-1].name == "y 999" and not service.failed_reloads
