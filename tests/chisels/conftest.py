"""Running chisels that tests define."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from pysysdig.chisel import Chisel
from pysysdig.chiselkit.chisels import Chisels
from pysysdig.chiselkit.runner import Chosen
from pysysdig.cli.job import build
from pysysdig.cli.plan import chisel_run
from pysysdig.settings import ChiselSettings


class Outcome(NamedTuple):
    """What a run of chisels left."""

    chisels: Chisels
    printed: str
    said: str


@pytest.fixture
def demo(root: Path) -> str:
    """A capture of shell pipelines."""
    return str(root / "captures" / "demo.scap")


@pytest.fixture
def run_chisels(demo: str, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """run_chisels(A, B, "-n", "5", ...) runs chisel classes on the demo capture, with more words of the command line."""
    monkeypatch.setenv("TZ", "UTC")

    def run(*arguments: type[Chisel] | str) -> Outcome:
        classes = [c for c in arguments if isinstance(c, type)]
        job = build(["-r", demo, *(word for word in arguments if isinstance(word, str))])
        job = job._replace(chisels=ChiselSettings(tuple(Chosen(c.name or c.__name__, c, {}) for c in classes)))
        started, chisels = chisel_run(job)
        capfdbinary.readouterr()
        started.run()
        printed, said = (text.decode() for text in capfdbinary.readouterr())
        return Outcome(chisels, printed, said)

    return run
