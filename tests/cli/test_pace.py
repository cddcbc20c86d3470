"""When a recorder leaves the state out, and when it writes it again."""

from __future__ import annotations

import pytest

from pysysdig.cli.pace import Pace


def changes(seconds: list[tuple[float, int]], each: float = 1.0) -> list[int]:
    """Where in a row of (seconds behind, events lost so far), one every `each` seconds, the pace changes."""
    pace, out = Pace(0.0), []
    for k, (behind, lost) in enumerate(seconds):
        was = pace.stateful
        if pace.look(k * each, behind, lost) != was:
            out.append(k)
    return out


def test_a_short_burst_changes_nothing() -> None:
    assert not changes([(0.1, 0)] * 5 + [(2.0, 0)] * 2 + [(0.1, 0)] * 30)


def test_what_is_behind_for_long_leaves_the_state_out_until_it_keeps_up() -> None:
    assert changes([(0.1, 0)] * 12 + [(2.0, 0)] * 5 + [(0.1, 0)] * 30) == [14, 26]


def test_losses_count_at_once_and_only_once() -> None:
    assert changes([(0.1, 0)] * 12 + [(0.1, 7)] * 30) == [12, 22]


@pytest.mark.parametrize("trouble", [(1.5, 7), (0.1, 8)])
def test_the_wait_begins_anew_with_each_trouble(trouble: tuple[float, int]) -> None:
    """A second behind, or losses."""
    assert changes([(0.1, 0)] * 12 + [(0.1, 7)] * 5 + [trouble] + [(0.1, trouble[1])] * 30) == [12, 27]


def test_who_falls_behind_again_waits_twice_as_long_up_to_a_limit() -> None:
    """As where the machine is so busy that only the recording of events keeps up."""
    pace, lost, waits, since = Pace(0.0), 0, [], 0
    for now in range(20_000):
        was = pace.stateful
        lost += was  # each second with the state costs events
        if pace.look(now, 0.1, lost) == was:
            continue
        if was:
            since = now
        else:
            waits.append(now - since)
    assert waits[:6] == [20, 40, 80, 160, 320, 600] and set(waits[6:]) == {600}


def test_who_has_kept_up_for_long_starts_over() -> None:
    lost = [0, 1] + [1] * 30 + [2] + [2] * 80 + [3] + [3] * 20
    assert changes([(0.1, n) for n in lost]) == [1, 21, 32, 72, 113, 123]
