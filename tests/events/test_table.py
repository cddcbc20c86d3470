"""The event table of both generations."""

from __future__ import annotations

import pytest

from pysysdig.events import table
from pysysdig.events.table import CURRENT, OLD, TYPES, event_names, load, sc_name


@pytest.mark.parametrize("generation", [OLD, CURRENT])
def test_rows(generation: str) -> None:
    """They lie where their number says, even ones are starts; start and end of a call have one name."""
    rows = load(generation)
    assert [row.type for row in rows] == list(range(table.N_TYPES)) and rows[table.GENERIC_X].enum == "GENERIC_X"
    assert all(row.dir == "><"[row.type & 1] and TYPES[row.enum] == row.type for row in rows)
    for start, end in zip(rows[::2], rows[1::2]):
        if start.enum.removesuffix("_E") == end.enum.removesuffix("_X"):
            assert start.name == end.name or "NA" in (start.name, end.name) or table.UNUSED & (start.flags | end.flags)
    for row in rows:
        assert all(p.dirfd < len(row.params) for p in row.params)


def test_generations_differ_where_the_libraries_do() -> None:
    """Ends of calls have all parameters in the current one."""
    kind = TYPES["SYSCALL_READ_X"]
    old, new = load(OLD)[kind], load(CURRENT)[kind]
    assert [p.name for p in old.params] == ["res", "data"]
    assert [p.name for p in new.params] == ["res", "data", "fd", "size"] and new.flags & table.CONVERTER_MANAGED
    assert load(OLD) is load(OLD) and load(OLD) is not load(CURRENT)


def test_parameters_by_name() -> None:
    info = load(CURRENT)[TYPES["SYSCALL_OPENAT_2_X"]]
    assert info.param_index("name") == 2 and info.params[2].dirfd == 1 and info.param_index("nothing") == -1


def test_names() -> None:
    names = event_names()
    assert {"openat", "execve", "procexit", "switch"} <= names and "io_uring_setup" in names
    assert "sched_getparam" in names  # a generic event stands for it
    assert "sched_getparam" in {sc_name(code) for code in range(500)} and sc_name(1 << 20) == "unknown"


def test_numbers_have_a_size_of_their_own() -> None:
    assert set(table.SIZES) >= table.SIGNED and set(table.SIZES.values()) == {1, 2, 4, 8}
