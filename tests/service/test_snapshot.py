"""Metrics at regular intervals."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pysysdig.alerts.model import Alert
from pysysdig.service.snapshot import Snapshots
from tests.service.services import Machine, Start, start

__all__ = ["start"]


def test_fields_are_falcos(start: Start) -> None:
    service = start()
    service.send([Alert(1, 6, "A & b (c)", "syscall", (), "box", "t", {})] * 2)
    service.meters.seen(100, 0, 1)
    taken = Snapshots()
    first = taken.take(service)
    assert list(first) == sorted(first) and first["falco.rules.A_b_c"] == first["falco.rules.matches_total"] == 2
    assert first["falco.sha256_rules_file.r_yaml"] == service.state.rule_files[0].sha256 and first["scap.n_evts"] == 100
    assert isinstance(first["falco.memory_rss_mb"], float) and "scap.n_drops_buffer_total" not in first
    service.meters.seen(300, 100, 1)
    second = taken.take(service)
    assert (second["scap.n_evts"], second["scap.n_evts_prev"], second["scap.n_drops_perc"]) == (400, 100, 100 / 3)
    assert second["scap.n_drops_buffer_total"] == 100
    service = start("metrics.convert_memory_to_mb=false", "metrics.rules_counters_enabled=false")
    third = taken.take(service)
    assert isinstance(third["falco.memory_rss_kb"], int) and not any(re.match(r"falco\.rules", name) for name in third)


def test_the_kernels_counters(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are 0 only if that is wanted, as in Falco."""
    monkeypatch.setattr("pysysdig.service.machine.counts_programs", lambda: True)

    def taken(*options: str) -> dict[str, object]:
        service = start(*options)
        service.live = Machine()
        fields = Snapshots().take(service)
        return {name: fields[name] for name in fields if re.match(r"scap\.(n_(evts|drops)_cpu_|s)", name)}

    some = {"scap.n_evts_cpu_0": 900, "scap.n_evts_cpu_1": 107, "scap.n_drops_cpu_0": 5, "scap.n_drops_cpu_1": 2}
    runs = {"scap.sys_exit.run_cnt": 1000, "scap.sys_exit.run_time_ns": 250_900, "scap.sys_exit.avg_time_ns": 250}
    idle = {"scap.sched_p_exec.run_cnt": 0, "scap.sched_p_exec.run_time_ns": 0, "scap.sched_p_exec.avg_time_ns": 0}
    assert taken() == some | runs and taken("metrics.include_empty_values=true") == some | runs | idle
    assert taken("metrics.kernel_event_counters_per_cpu_enabled=false") == runs
    assert taken("metrics.libbpf_stats_enabled=false") == some
    monkeypatch.setattr("pysysdig.service.machine.counts_programs", lambda: False)
    assert taken("metrics.kernel_event_counters_enabled=false") == {}


def test_when_they_are_due(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    taken = Snapshots()
    assert taken.due(60) and not taken.due(60)
    now[0] += 60
    assert taken.due(60)


def test_a_file_that_cannot_be_written(start: Start, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    service = start("metrics.enabled=true", f"metrics.output_file={tmp_path}/no/such", "metrics.output_rule=true")
    service.look()
    assert f"metrics: {tmp_path}/no/such: No such file or directory" in capfd.readouterr().err
