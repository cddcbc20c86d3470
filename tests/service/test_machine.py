"""What /proc says."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pysysdig.service import machine


def test_all_of_falcos_numbers() -> None:
    found = machine.resources()
    assert found.keys() == {
        "cpu_usage", "host_cpu_usage", "memory_rss", "memory_vsz", "memory_pss", "host_memory_used", "container_memory_used",
        "host_procs_running", "host_open_fds",
    }  # fmt: skip
    assert 0 <= found["host_cpu_usage"] <= 100 and 1 << 20 < found["memory_pss"] <= found["memory_vsz"]


def test_what_cannot_be_read_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fails(path: str) -> str:
        raise PermissionError(13, path)

    (tmp_path / "m").write_text("7\n")
    monkeypatch.setenv("FALCO_CGROUP_MEM_PATH", str(tmp_path / "m"))
    assert machine.resources()["container_memory_used"] == 7
    monkeypatch.setattr(machine, "_read", fails)
    assert machine.resources() == {}


def test_whether_programs_are_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "_PROGRAM_STATISTICS", str(tmp_path / "s"))
    assert not machine.counts_programs()
    for text, counted in (("0\n", False), ("1\n", True)):
        (tmp_path / "s").write_text(text)
        assert machine.counts_programs() == counted


def test_when_it_was_started() -> None:
    assert 0 < machine.boot_ns() < time.time_ns()


def test_addresses_are_addresses() -> None:
    for name, protocols in machine.addresses().items():
        assert (
            name != "lo" and all("." in a for a in protocols.get("ipv4", ())) and all(":" in a for a in protocols.get("ipv6", ()))
        )
