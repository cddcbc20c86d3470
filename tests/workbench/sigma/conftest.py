"""Converting texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysysdig.workbench.sigma.convert import Converted, convert

Convert = Callable[..., Converted]


def sigma(detection: str, source: str = "category: process_creation", more: str = "") -> str:
    """A rule of Sigma."""
    head = "title: T\nid: 7f1dd2a0-8f0e-4d3a-9d3e-0d7c7f8b5a01\n"
    return f"{head}logsource: {{product: linux, {source}}}\ndetection: {detection}\n{more}"


@pytest.fixture
def convert_text(tmp_path: Path) -> Convert:
    """convert_text(detection, logsource) -> what became of the rule."""
    pytest.importorskip("sigma")

    def go(detection: str, source: str = "category: process_creation", more: str = "") -> Converted:
        path = tmp_path / "r.yml"
        path.write_text(sigma(detection, source, more))
        (one,) = convert([str(path)])
        return one

    return go
