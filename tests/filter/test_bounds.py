"""Up to when a filter can accept events."""

from __future__ import annotations

import pytest

from pysysdig.filter import compile_filter


@pytest.mark.parametrize(
    ("text", "latest"),
    [
        ("evt.rawtime<=500", 500),
        ("evt.rawtime<500", 499),
        ("evt.rawtime=500", 500),
        ("evt.rawtime in (3, 500, 7)", 500),
        ("evt.rawtime>=100 and evt.rawtime<=500", 500),
        ("evt.rawtime>=100 and (evt.rawtime<=500 and proc.name=cat) and evt.rawtime<=400", 400),
        ("evt.rawtime>=500 and evt.rawtime<100", -1),
        ("evt.around[1000000000]=2", 1_002_000_000),
        ("evt.around[1000000000]=2 and evt.rawtime<7", 6),
        ("evt.rawtime<=500 and not evt.rawtime<=100", 500),
        ("evt.rawtime>=100", None),
        ("evt.rawtime!=100", None),
        ("evt.rawtime exists", None),
        ("evt.rawtime<=500 or proc.name=cat", None),
        ("not evt.rawtime>500", None),
        ("evt.rawtime.s<=5", None),
        ("evt.num<=500", None),
        ("proc.name=cat", None),
    ],
)
def test_latest(text: str, latest: int | None) -> None:
    assert compile_filter(text).latest() == latest
