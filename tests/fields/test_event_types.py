"""What the event table says, by event; names of events that stand for many calls."""

from __future__ import annotations

import numpy as np

from pysysdig.events.table import CREATES_FD, CURRENT, GENERIC_E, OLD, READS_FROM_FD, TYPES, load
from pysysdig.fields import event_types
from tests.fields.asked import READS, file_view, old, values


def test_generic_events_are_named_by_system_call() -> None:
    view = file_view(old("GENERIC_E", [0, 262]), old("GENERIC_X", [0]), old("GENERIC_E", [1, 0]))
    names = values(view, "evt.type")
    assert names[0] == "newfstatat"  # by its native number: the recorder did not know the call
    assert names[1] == "unknown"
    assert values(view, "evt.args") == ["", "", ""]


def test_flags_and_sources() -> None:
    view = file_view(*READS, old("SYSCALL_OPEN_E", []), old("DROP_E", [1]), old("SCHEDSWITCH_6_E", [0, 0, 0, 0, 0, 0]))
    sel = np.array([0, 3, 4, 5])
    assert event_types.flag_mask(view, sel, READS_FROM_FD).tolist() == [True, False, False, False]
    assert event_types.flag_column(view, sel, READS_FROM_FD | CREATES_FD).tolist() == [True, True, False, False]
    assert event_types.type_mask(view, sel, event_types.SYSCALL).tolist() == [True, True, False, False]
    assert event_types.type_mask(view, sel, event_types.METAEVENT).tolist()[:2] == [False, False]


def test_tables_are_those_of_the_generation() -> None:
    for generation in (OLD, CURRENT):
        assert event_types.table_flags(generation).tolist() == [e.flags for e in load(generation)]
        assert event_types.table_categories(generation).tolist() == [e.category for e in load(generation)]
    mask = event_types.types_named("SYSCALL_READ_E", "SYSCALL_READ_X")
    assert np.flatnonzero(mask).tolist() == sorted([TYPES["SYSCALL_READ_E"], TYPES["SYSCALL_READ_X"]])


def test_calls_of_generic_events() -> None:
    """By the recorder's code; by the native number where it did not know the call."""
    view = file_view(old("GENERIC_E", [0, 262]), old("GENERIC_E", [7, 262]))
    calls = event_types.generic_calls(view.batch, GENERIC_E, np.array([0, 1]), OLD).tolist()
    assert calls[1] == 7 and calls[0] not in (0, 262)
