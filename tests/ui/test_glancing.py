"""The numbers of a report, from the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.ui.messages import Glance, Glanced
from tests.report.made import data_of
from tests.ui.test_work import answers


@pytest.mark.parametrize("filter_text", ["", "proc.name=sort"])
def test_they_are_those_of_the_report(root: Path, filter_text: str) -> None:
    (told,) = answers(root, Glance(5, filter_text))
    assert isinstance(told, Glanced) and told.done and told.number == 5
    expected = data_of(root / "captures" / "demo.scap", filter_text)["tiles"]
    assert [(t.id, t.total) for t in told.tiles] == [(t["id"], t["total"]) for t in expected]
    for tile, other in zip(told.tiles, expected):
        if other["kind"] != "distinct":
            assert int(tile.series.sum()) == tile.total == sum(other["series"])
    assert len({len(tile.series) for tile in told.tiles}) == 1


def test_of_the_running_machine_they_grow(root: Path) -> None:
    told = answers(root, Glance(5, ""), "evt.dir=<", live=True)
    assert told and all(isinstance(one, Glanced) and not one.done for one in told)
    (whole,) = answers(root, Glance(5, "evt.dir=<"))
    assert isinstance(whole, Glanced) and isinstance(told[-1], Glanced)
    assert [t.total for t in told[-1].tiles] == [t.total for t in whole.tiles]
