"""Outputs of alerts: what the configuration makes of them, and what becomes of one that fails."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import pytest

from pysysdig.alerts.dispatch import Dispatcher
from pysysdig.alerts.model import Alert
from pysysdig.alerts.outputs import MISSING, OUTPUTS, Row
from pysysdig.alerts.outputs.base import AlertOutput, Setting
from pysysdig.errors import PysysdigError, UsageError
from pysysdig.output.stream import Output
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.config_tree import read

ALERT = Alert(10**18, 5, "R", "syscall", ("t",), "box", "text", {"fd.name": "/x"})


class Keeps(AlertOutput):
    """An output of the tests: keeps what it gets, and fails as often as it is told to."""

    got: list[Alert] = []
    failures: list[Exception] = []

    def __init__(self, setting: Setting) -> None:
        self.reads_fields = setting.flag("fields")

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        if Keeps.failures:
            raise Keeps.failures.pop()
        assert len(lines) == len(alerts)
        Keeps.got += alerts


@pytest.fixture(autouse=True)
def keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """One file and one row are all it takes."""
    monkeypatch.setattr("pysysdig.alerts.dispatch.OUTPUTS", (*OUTPUTS, Row("keeps", "tests.alerts.output_of_tests")))
    monkeypatch.setattr(Keeps, "got", [])
    monkeypatch.setattr(Keeps, "failures", [])


def outputs(*options: str, out: Output | None = None) -> Dispatcher:
    return Dispatcher(RuleConfig(read("", options)), out or Output())


@pytest.mark.parametrize("row", OUTPUTS, ids=lambda r: r.name)
def test_every_output_is_there(row: Row) -> None:
    assert issubclass(import_module(row.module).Output, AlertOutput) and row.name not in MISSING


@pytest.mark.parametrize(("name", "key"), [("file", "filename"), ("program", "program"), ("http", "url")])
def test_what_must_be_said(name: str, key: str) -> None:
    with pytest.raises(UsageError, match=f"{name} output enabled but no {key}"):
        outputs(f"{name}_output.enabled=true")
    with pytest.raises(UsageError):
        outputs(f"{name}_output={{enabled: true}}")
    outputs(f"{name}_output.enabled=false")


def test_outputs_get_records(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    ways = outputs("keeps_output.enabled=true")
    ways.send([ALERT])
    ways.send([])
    assert Keeps.got == [ALERT] and not ways.failed and not ways.reads_fields
    assert capfdbinary.readouterr().out.endswith(b": Notice text\n")
    assert outputs("keeps_output={enabled: true, fields: true}").reads_fields


def test_a_failing_output_is_named_once_and_ends_nothing(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    Keeps.failures += [OSError(5, "one"), PysysdigError("two"), OSError(28, "three")]
    ways = outputs("keeps_output.enabled=true")
    for _ in range(4):
        ways.send([ALERT])
    ways.close()
    out, err = capfdbinary.readouterr()
    assert out.count(b"Notice text") == 4 and Keeps.got == [ALERT]
    assert err == b"[Errno 28] three\n" and ways.failed


def test_standard_output_that_nobody_reads(tmp_path: Path) -> None:
    """It ends the run only if there is no other output."""
    reader, writer = os.pipe()
    os.close(reader)
    ways = outputs("keeps_output.enabled=true", out=Output(writer))
    ways.send([ALERT])
    ways.send([ALERT])
    assert len(Keeps.got) == 2 and not ways.failed
    with pytest.raises(BrokenPipeError):
        outputs(out=Output(writer)).send([ALERT])
    os.close(writer)


def test_no_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    outputs("stdout_output.enabled=false").send([ALERT])
    assert capfdbinary.readouterr() == (b"", b"")


def test_what_is_not_there_yet_is_said(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    outputs("grpc_output.enabled=true")
    assert capfdbinary.readouterr().err == b"pysysdig: alerts do not go to grpc_output: not supported\n"
