"""The table on the screen."""

from __future__ import annotations

from tests.ui.stage import Stage, played
from tests.ui.tables import processes


def test_the_cursor_stays_on_its_row() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("down")
        assert stage.tables.grid.key == 22
        await stage.show(processes((5, {"PID": 5, "CPU": 9.0})))
        assert stage.rows() == [5, 11, 22, 33] and stage.tables.grid.key == 22
        await stage.show(processes()._replace(keys=[11, 23, 33]))  # it is gone: the cursor stays at its height
        assert stage.tables.grid.key == 33

    played(act)


def test_before_it_is_moved_it_is_on_top() -> None:
    async def act(stage: Stage) -> None:
        await stage.show(processes((5, {"PID": 5, "CPU": 9.0})))
        assert stage.tables.grid.key == 5

    played(act)


def test_moving() -> None:
    async def act(stage: Stage) -> None:
        many = processes(*((n, {"PID": n, "CPU": 0.0}) for n in range(100, 200)))
        await stage.show(many)
        grid = stage.tables.grid
        page = grid.size.height - 2
        for key, row in (
            ("end", 102),
            ("up", 101),
            ("pageup", 101 - page),
            ("pagedown", 101),
            ("home", 0),
            ("up", 0),
            ("down", 1),
        ):
            await stage.press(key)
            assert grid.cursor == row, key
            assert 0 <= grid.cursor - grid.scroll_offset.y < grid.size.height - 1, key

    played(act)


def test_scrolling_sideways() -> None:
    async def act(stage: Stage) -> None:
        titles = stage.text("grid").splitlines()[0]
        assert "Command" not in titles and titles.rstrip().endswith("»")
        for _ in range(12):
            await stage.press("right")
        assert "Command" in stage.text("grid").splitlines()[0] and "alpha" in stage.text("grid")
        assert "»" not in stage.text("grid")
        for _ in range(12):
            await stage.press("left")
        assert "PID" in stage.text("grid").splitlines()[0]

    played(act, size=(50, 14))


def test_titles_sort_and_rows_open_by_the_mouse() -> None:
    async def act(stage: Stage) -> None:
        titles = stage.text("grid").splitlines()[0]
        await stage.pilot.click("#grid", offset=(titles.index("FILE/s"), 0))
        await stage.pilot.pause()
        assert stage.rows() == [22, 33, 11]
        await stage.pilot.click("#grid", offset=(5, 3))
        await stage.pilot.pause()
        assert stage.tables.grid.key == 11
        await stage.pilot.double_click("#grid", offset=(5, 2))
        await stage.pilot.pause()
        assert stage.asked.filter == "evt.type!=switch and proc.pid=33"

    played(act)


def test_hostile_text_is_harmless() -> None:
    async def act(stage: Stage) -> None:
        evil = "\x1b]0;x\x07[red]\x9b31m" + "\u202eabc\n".encode().decode("latin-1")
        await stage.show(processes((5, {"PID": 5, "CPU": 9.0, "Command": evil})))
        assert "\\x1b]0;x\\x07[red]\\x9b31m\\u{202e}abc\\x0a" in stage.text("grid")
        assert all(line.isprintable() for line in stage.text().splitlines())

    played(act, size=(160, 24))
