"""What the main screen says and shows of tables."""

from __future__ import annotations

from pysysdig.ui.messages import Failed
from pysysdig.ui.table import table_of
from pysysdig.views.loader import find_view
from tests.ui.stage import Stage, played
from tests.ui.tables import frame


def test_rates_and_totals() -> None:
    async def act(stage: Stage) -> None:
        table = table_of(frame(find_view("procs"), [(1, {"PID": 1, "FILE": 4000})], span=4_000_000_000))
        await stage.show(table)
        assert "FILE/s" in stage.text("grid") and "1000.00" in stage.text("grid")
        await stage.press("equals_sign")
        assert "FILE/s" not in stage.text("grid") and "4K" in stage.text("grid")
        await stage.show(table)
        assert "4K" in stage.text("grid")
        await stage.press("equals_sign")
        assert "1000.00" in stage.text("grid")

    played(act)


def test_events_without_a_row_are_counted() -> None:
    async def act(stage: Stage) -> None:
        table = table_of(frame(find_view("procs"), [(1, {"PID": 1})]))
        await stage.show(table._replace(cut=12345))
        assert "12,345 events without a row" in stage.text("position")

    played(act)


def test_an_engine_that_ends_is_told() -> None:
    async def act(stage: Stage) -> None:
        stage.engine.say(Failed(-1, "out of memory"))
        await stage.pilot.pause()
        assert [n.message for n in stage.app._notifications] == ["out of memory"]

    played(act)
