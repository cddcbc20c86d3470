"""What users say of engines, when they say nothing."""

from __future__ import annotations

from pysysdig.capture.engines.engine import EngineError, EngineSettings


def test_the_usual_settings() -> None:
    usual = EngineSettings()
    assert (usual.timeout, usual.max_label, usual.root, usual.wait) == (1.0, 100, "", False)


def test_an_error_may_pass() -> None:
    error = EngineError("no answer")
    assert not error.final and not error.slow and str(error) == "no answer"
