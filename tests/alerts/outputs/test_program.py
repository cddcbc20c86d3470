"""Alerts on the standard input of a command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pysysdig.alerts.outputs.base import Setting
from pysysdig.alerts.outputs.program import Output
from pysysdig.errors import UsageError
from pysysdig.output.stream import Output as Stream


def output(**section: Any) -> Output:
    return Output(Setting("program", section, Stream(), False))


@pytest.mark.parametrize(("keep", "runs"), [("false", 3), ("true", 1)])
def test_a_command_for_each_alert_or_one_for_all(keep: str, runs: int, tmp_path: Path) -> None:
    target = tmp_path / "out"
    out = output(program=f"echo run >> {target}; cat >> {target}", keep_alive=keep)
    out.send([], ["a\n", "b\n"])
    out.send([], ["\xe9\n"])
    out.close()
    lines = target.read_bytes().splitlines()
    assert lines.count(b"run") == runs and [line for line in lines if line != b"run"] == [b"a", b"b", b"\xe9"]


def test_a_command_is_needed() -> None:
    with pytest.raises(UsageError, match="program output enabled but no program"):
        output()
