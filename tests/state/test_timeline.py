"""Timeline and SlotMap against plain dictionaries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.state.timeline import SlotMap, Timeline

CHANGES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 19), st.booleans(), st.integers(-1, 50)), max_size=25)


@pytest.mark.parametrize(("dtype", "empty"), [(np.int32, -1), (np.int64, 0)])
@given(batches=st.lists(CHANGES, min_size=1, max_size=4))
def test_rows_at_every_moment(dtype: Any, empty: int, batches: list[list[tuple[int, int, bool, int]]]) -> None:
    line = Timeline(dtype, empty)
    now: dict[int, int] = {}
    for changes in batches:
        changes = sorted(changes, key=lambda c: 2 * c[1] + c[2])
        log: tuple[list[int], list[int], list[int], list[int]] = ([], [], [], [])
        state = dict(now)
        seen = []  # the state after each sequence number
        for slot, pos, late, row in changes:
            for column, value in zip(log, (slot, 2 * pos + late, row, state.get(slot, empty))):
                column.append(value)
            state[slot] = row
            seen.append((2 * pos + late, dict(state)))
        line.commit(*log)
        for seq in range(40):
            expected = now
            for at, then in seen:
                if at <= seq:
                    expected = then
            index = np.arange(20) % 6
            at_events = line.at_events(np.arange(-1, 5), index).tolist()
            assert at_events == line.at(index - 1, 2 * np.arange(20)).tolist() == line.each(index - 1).tolist()
            slots = np.arange(6)
            got = line.at(slots, np.full(6, seq))
            assert got.tolist() == [expected.get(s, empty) for s in range(6)]
        now = state


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 60), st.integers(-1, 50)), max_size=200))
def test_changes_in_any_order(changes: list[tuple[int, int, int]]) -> None:
    """They are told in the order they happened, mostly: sequence numbers may go back."""
    line = Timeline()
    line.reserve(4001)
    slots, seqs, rows = ([change[i] for change in changes] for i in range(3))
    line.commit(slots, seqs, rows, [-1] * len(changes))
    for slot, seq, _ in changes:
        order = sorted(range(len(changes)), key=lambda i: seqs[i])
        expected = [rows[i] for i in order if slots[i] == slot and seqs[i] <= seq][-1]
        assert line.at(np.array([slot]), np.array([seq])).tolist() == [expected]
        assert line.current[slot] == [rows[i] for i in order if slots[i] == slot][-1]


def test_growing_keeps_the_log() -> None:
    line = Timeline()
    line.commit([3], [4], [7], [-1])
    line.reserve(100_000)
    assert line.at(np.array([3, 3]), np.array([2, 4])).tolist() == [-1, 7]


def test_slots_are_small_whatever_the_ids() -> None:
    slots = SlotMap()
    ids = np.array([5, 4_000_000, 1 << 40, 5, -1])
    assert slots.assign(ids).tolist() == [0, 1, 2, 0, -1]
    assert slots.find(np.array([1 << 40, 6])).tolist() == [2, -1]
    assert slots.slot(6) == 3


@given(st.lists(st.lists(st.sampled_from((-1, 0, 1, 5, 7, 4_194_303, 4_194_304, 1 << 40)), max_size=30), max_size=4))
def test_slots_are_small_and_stay(batches: list[list[int]]) -> None:
    """Equal ids have one slot, different ones different slots, without gaps and in the order they were first seen."""
    slots = SlotMap()
    known: dict[int, int] = {}
    for batch in batches:
        got = slots.assign(np.array(batch, np.int64)).tolist()
        for tid, slot in zip(batch, got):
            assert slot == (-1 if tid < 0 else known.setdefault(tid, slot))
        assert sorted(known.values()) == list(range(len(known))) and slots.count == len(known)
        plain = [known[tid] for tid in dict.fromkeys(t for b in batches for t in b if 0 <= t < SlotMap.DIRECT) if tid in known]
        assert plain == sorted(plain)
