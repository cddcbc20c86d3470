"""How far a replay has come, on standard error."""

from __future__ import annotations

import pytest

from pysysdig.output.progress import Bar, Percent


def test_percent_as_sysdig_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    """A new one once it has grown by more than a tenth; the line before is wiped out."""
    shown = Percent()
    for share in (0.1, 0.1005, 0.102, 0.5):
        shown.update(share)
    shown.hide()
    shown.close()
    err = capsys.readouterr().err
    assert [part for part in err.split("\r") if part.strip()] == ["10.00", "10.20", "50.00", "100.00\n"]
    shown.update(0.05)
    assert "5.00" in capsys.readouterr().err


def test_a_bar_comes_late_and_disappears(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless it was asked for."""
    now = [100.0]
    monkeypatch.setattr("pysysdig.output.progress.time.monotonic", lambda: now[0])
    bar = Bar("a.scap", 1000, asked=False, shared=False)
    bar.update(0.5)
    bar.close()
    assert capsys.readouterr().err == "" and bar._progress is None
    bar = Bar("a.scap", 1000, asked=False, shared=False)
    now[0] += 1
    bar.update(0.5)
    assert bar._progress is not None
    bar.close()
    assert bar._progress is None


def test_an_asked_for_bar_is_there_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar("a.scap", 0, asked=True, shared=True)
    bar.update(0.5)
    bar.hide()
    assert not bar._progress.tasks[0].visible
    bar.update(1.0)
    assert bar._progress.tasks[0].visible and bar._progress.tasks[0].completed == 1.0
    bar.close()
    assert "a.scap" in capsys.readouterr().err


def test_rates_have_units() -> None:
    bar = Bar("a.scap", 1000, asked=False, shared=False)
    assert bar._rate(0) == "0 bytes"
