"""Screens of one table: sorted by keys, rows looked for."""

from __future__ import annotations

import pytest

from pysysdig.ui.grid import Grid
from pysysdig.ui.listing import Listing
from tests.ui.stage import Stage, played


@pytest.mark.parametrize("view", ["alerts", "overview"])
def test_rows_follow_what_is_typed_until_it_is_cleared(view: str) -> None:
    async def act(stage: Stage) -> None:
        screen = stage.app.screen
        assert isinstance(screen, Listing)
        seen = []
        for keys in (("slash", "a", "b"), ("enter",), ("slash", "escape")):
            await stage.press(*keys)
            seen.append((screen.grid.rows, isinstance(screen.focused, Grid)))
        assert seen == [("ab", False), ("ab", True), ("", True)]

    played(act, view=view)
