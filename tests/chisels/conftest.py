"""Running chisels that tests define."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysysdig.chisel import Chisel
from pysysdig.chiselkit.runner import Chosen
from pysysdig.cli.chisels import ChiselRun
from pysysdig.cli.job import Job


@pytest.fixture
def demo(root: Path) -> str:
    """A capture of shell pipelines."""
    return str(root / "captures" / "demo.scap")


@pytest.fixture
def run_chisels(
    demo: str, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., ChiselRun]:
    """run_chisels(A, B, filter="", ...) runs chisel classes on the demo capture; attributes of the job by keyword. The result has
    what was printed in `printed` and `said`."""
    monkeypatch.setenv("TZ", "UTC")

    def run(*classes: type[Chisel], **attributes: object) -> ChiselRun:
        job = Job()
        job.files = [demo]
        job.chisels = [Chosen(c.name or c.__name__, c, {}) for c in classes]
        for name, value in attributes.items():
            setattr(job, name, value)
        started = ChiselRun(job)
        capfdbinary.readouterr()
        started.run()
        started.printed, started.said = (text.decode() for text in capfdbinary.readouterr())  # type: ignore[attr-defined]
        return started

    return run
