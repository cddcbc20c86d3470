"""csysdig's keys on the main screen."""

from __future__ import annotations

import pytest

from pysysdig.ui.messages import Facts, Failed, Note, Show, Shown
from pysysdig.ui.table_screen import About
from tests.ui.stage import Stage, played
from tests.ui.tables import processes


def test_what_it_says() -> None:
    async def act(stage: Stage) -> None:
        stage.engine.say(Facts(48083, 2_590_000_000, 1, 7))
        await stage.pilot.pause()
        assert stage.text("where").rstrip() == "Viewing: Processes For: whole machine"
        assert stage.text("source").startswith(
            "Source: x.scap (48,083 evts, 2.59s, 7 lost) Filter: (evt.num<9 or evt.num>9) and evt.type!=switch"
        )
        assert stage.text("command").startswith("$ pysysdig -r x.scap --ui=procs 'evt.num<9 or evt.num>9'")
        assert stage.text("position").strip() == "1/3(33%)"

    played(act, size=(140, 24), about=About("x.scap", ("-r", "x.scap"), "evt.num<9 or evt.num>9"))


def test_progress_is_said_until_all_is_read() -> None:
    async def act(stage: Stage) -> None:
        await stage.show(done=False)
        assert "50% read" in stage.text("source")
        await stage.show()
        assert "read" not in stage.text("source")

    played(act)


def test_drilling_down_and_back() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("full_stop", "down", "enter")
        assert stage.asked == Show(2, "threads", "evt.type!=switch and proc.pid=22")
        assert stage.text("where").rstrip() == "Viewing: Threads For: whole machine ▸ proc.pid=22"
        assert "--ui=threads 'evt.type!=switch and proc.pid=22'" in stage.text("command")
        await stage.press("backspace")
        assert (stage.asked.view, stage.asked.filter) == ("procs", "")
        assert stage.tables.grid.key == 22 and stage.tables.grid.sort == 3  # as they were
        await stage.press("escape")  # there is no level above
        assert len(stage.engine.asked) == 2  # what a capture has shown is known

    played(act, size=(140, 24))


def test_what_is_not_complete_or_live_is_asked_for_again() -> None:
    async def act(stage: Stage) -> None:
        await stage.show(done=False)
        await stage.press("down", "enter", "backspace")
        assert [a.view for a in stage.engine.asked if isinstance(a, Show)] == ["procs", "threads", "procs"]
        await stage.show()
        assert stage.tables.grid.key == 22

    async def known(stage: Stage) -> None:
        stage.tables._known.clear()
        await act(stage)

    played(act, about=About("", ()))
    played(known)


def test_rows_that_are_left_out_are_told() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("f4", *"beta", "enter")
        assert "1 of 3 rows: beta 1/1" in stage.text("position")
        await stage.press("f4", "escape")
        assert "rows" not in stage.text("position")

    played(act)


@pytest.mark.parametrize(
    ("key", "keys"),
    [
        ("exclamation_mark", [33, 22, 11]),
        ("at", [11, 22, 33]),
        ("left_parenthesis", [11, 22, 33]),  # NET: all the same
        ("asterisk", [22, 33, 11]),
    ],
)
def test_columns_by_number(key: str, keys: list[int]) -> None:
    async def act(stage: Stage) -> None:
        await stage.press(key)
        assert stage.rows() == keys
        await stage.press(key, key)
        assert stage.rows() == keys

    played(act)


def test_sorting_by_the_next_column_and_the_panel() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("comma", "comma")
        assert stage.tables.grid.sort == 0 and stage.rows() == [33, 22, 11]
        await stage.press("f9")
        assert "PID (V)" in stage.text("list")
        await stage.press(*"file", "enter")
        assert stage.rows() == [22, 33, 11]
        await stage.press("greater_than_sign", "enter")  # the same once more
        assert stage.rows() == [11, 33, 22]

    played(act)


def test_views_of_a_selection_are_those_that_apply_to_it() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("enter", "f2", *"processes")
        assert "nothing like that" in stage.text("about")  # threads belong to one
        await stage.press(*["backspace"] * 9, *"files", "enter")
        assert stage.asked == Show(3, "files", "evt.type!=switch and proc.pid=11")
        assert len(stage.tables.trail) == 2

    played(act)


def test_pause() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("p")
        assert "PAUSED" in stage.text("where")
        await stage.show(processes((5, {"PID": 5})))
        assert 5 not in stage.rows()
        await stage.press("p")
        await stage.show(processes((5, {"PID": 5})))
        assert 5 in stage.rows()
        await stage.press("p", "enter")  # drilling down goes on
        assert "PAUSED" not in stage.text("where")

    played(act)


def test_late_answers_do_not_count() -> None:
    async def act(stage: Stage) -> None:
        late = stage.asked.number
        await stage.press("enter")
        stage.engine.say(Shown(late, processes(), None, True), Failed(late, "x"))
        await stage.pilot.pause()
        assert stage.tables.grid.table is None

    played(act)


def test_what_goes_wrong_is_said() -> None:
    async def act(stage: Stage) -> None:
        stage.engine.say(Note("events\x1b are missing"))
        await stage.pilot.pause()
        assert [n.message for n in stage.app._notifications] == ["events\\x1b are missing"]

    played(act)


def test_a_list_has_nothing_below() -> None:
    async def act(stage: Stage) -> None:
        await stage.press("enter")
        assert len(stage.engine.asked) == 1

    played(act, view="file_opens")


def test_quitting() -> None:
    for key in ("q", "f10", "ctrl+c"):

        async def act(stage: Stage, key: str = key) -> None:
            await stage.press(key)
            assert stage.app.return_value == 0

        played(act)
