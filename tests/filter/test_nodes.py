"""Semantics of the compiled filter beyond single operators: missing values, order, event types, memos."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.events.table import CURRENT, GENERIC_X, TYPES
from pysysdig.filter import compile_filter
from tests.filter.filter_fakes import FakeView, matches

pytestmark = pytest.mark.usefixtures("fakes")

OPENAT, CLOSE = TYPES["SYSCALL_OPENAT_2_X"], TYPES["SYSCALL_CLOSE_X"]


def run(text: str, rows: list[dict[str, Any]]) -> tuple[list[int], list[tuple[str, int]]]:
    """Matching positions, and the columns that were asked for."""
    view: Any = FakeView(rows)
    sel = compile_filter(text).select(view, np.arange(len(rows)))
    return sel.tolist(), view.asked


def test_a_conjunction_looks_at_events_of_types_that_can_match_alone() -> None:
    """Also where the types are said in a disjunction that comes later, as it costs more."""
    rows: list[dict[str, Any]] = [{"proc.name": "a", "fd.num": n % 3, "_type": t} for n, t in enumerate((OPENAT, CLOSE) * 4)]
    found, asked = run("proc.name=a and ((evt.type=close and fd.num=1) or (evt.type=close and fd.num=2))", rows)
    assert found == [1, 5, 7]
    assert ("proc.name", 4) in asked
    assert run("proc.name=a and ((evt.type=read and fd.num=1) or (evt.type=read and fd.num=2))", rows) == ([], [])


def test_missing_is_false_for_every_operator() -> None:
    rows: list[dict[str, Any]] = [{}, {"fd.name": "/etc/passwd"}, {"fd.name": "/x"}]
    assert matches("fd.name exists", rows) == [1, 2]
    assert matches("fd.name != /etc/passwd", rows) == [2]
    assert matches("not fd.name = /etc/passwd", rows) == [0, 2]
    assert matches("not fd.name exists", rows) == [0]
    assert matches("fd.name in ()", rows) == []
    assert matches("not fd.name in ()", rows) == [0, 1, 2]


def test_addresses_of_the_other_family() -> None:
    """sysdig 0.36 compares the bytes of records, whatever they are; the current libraries know better."""
    zero4, loop4, zero6, loop6 = bytes(4), bytes([127, 0, 0, 1]), bytes(16), bytes(15) + b"\1"
    rows: list[dict[str, Any]] = [{"fd.cip": a, "fd.cnet": a} for a in (zero4, loop4, zero6, loop6)]
    assert matches("fd.cip = ::1", rows) == [0, 3]
    assert matches("fd.cip != ::1", rows) == [1, 2]
    assert matches("fd.cip = 0.0.0.0 or fd.cip = 127.0.0.1", rows) == [0, 1, 2]
    assert matches("fd.cip in (::1)", rows) == [3]
    assert matches("fd.cnet = ::1/128", rows) == [0, 1, 3]
    assert matches("fd.cnet = 7f00:1:ff00::/48", rows) == [1]
    assert matches("fd.cnet = 0.0.0.0/8", rows) == [0, 2, 3]
    assert matches("fd.cip = ::1", rows, CURRENT) == [3]
    assert matches("fd.cip != 0.0.0.0", rows, CURRENT) == [1, 2, 3]
    assert matches("fd.cnet = ::1/128", rows, CURRENT) == [3]
    assert matches("fd.cnet = 0.0.0.0/8", rows, CURRENT) == [0]


def test_both_ends() -> None:
    a, b, c = bytes([127, 0, 0, 1]), bytes([10, 0, 0, 1]), bytes(16)
    rows: list[dict[str, Any]] = [{"fd.ip": (a, b)}, {"fd.ip": (b, b)}, {"fd.ip": (a,)}, {"fd.ip": (c, c)}, {}]
    assert matches("fd.ip = 127.0.0.1", rows) == [0, 2]
    assert matches("fd.ip != 127.0.0.1", rows) == [1, 3]
    assert matches("fd.ip in (10.0.0.1, ::)", rows) == [0, 1, 3]
    assert matches("fd.ip exists", rows) == [0, 1, 2, 3]


def test_any_ancestor() -> None:
    rows: list[dict[str, Any]] = [{"proc.aname": ("sh", "init")}, {"proc.aname": ("sh", "sh")}, {"proc.aname": ()}, {}]
    assert matches("proc.aname = sh", rows) == [0, 1]
    assert matches("proc.aname != sh", rows) == [0]
    assert matches("not proc.aname != sh", rows) == [1, 2, 3]
    assert matches("proc.aname exists", rows) == [0, 1]
    assert matches("proc.aname startswith i", rows) == [0]


def test_list_fields() -> None:
    rows: list[dict[str, Any]] = [{"fd.types": ("file", "pipe")}, {"fd.types": ("file",)}, {"fd.types": ()}, {}]
    assert matches("fd.types in (file)", rows) == [1, 2]
    assert matches("fd.types intersects (file, x)", rows) == [0, 1]
    assert matches("fd.types exists", rows) == [0, 1, 2]
    assert matches("len(fd.types) = 2", rows) == [0]


def test_wide_unsigned_numbers() -> None:
    rows: list[dict[str, Any]] = [{"evt.num": 2**64 - 1}, {"evt.num": 2**63}, {"evt.num": 0}]
    assert matches("evt.num = -1", rows) == [0]
    assert matches("evt.num > 9223372036854775807", rows) == [0, 1]
    assert matches("evt.num in (18446744073709551615, 0)", rows) == [0, 2]
    assert matches("fd.num < 9223372036854775807", [{"fd.num": -5}]) == [0]


def test_rawarg_of_another_type_does_not_match() -> None:
    rows: list[dict[str, Any]] = [{"evt.rawarg.res": -2}, {"evt.rawarg.res": "text"}, {"evt.rawarg.res": 3}, {}]
    assert matches("evt.rawarg.res < 0", rows) == [0]
    assert matches("evt.rawarg.res in (-2, 3)", rows) == [0, 2]


def test_fractions() -> None:
    assert matches("proc.fdusage >= 2", [{"proc.fdusage": 1.9}, {"proc.fdusage": 2.0}, {}]) == [1]


def test_getopt() -> None:
    rows: list[dict[str, Any]] = [{"proc.name": "-nt5"}, {"proc.name": "-t"}, {"proc.name": "x"}, {"proc.name": "--long"}, {}]
    call = "getopt((proc.name, '-z', 'val', '-n', 'end', '-q'), 'nt:z:')"
    assert matches(f"{call}[t] = 5", rows) == [0]
    assert matches(f"{call}[t] exists", rows) == [0, 1]
    assert matches(f"{call}[z] = val", rows) == [0, 3]
    assert matches(f"{call}[n] = n", rows) == [0, 3]
    assert matches(f"{call} intersects (val)", rows) == [0, 3]
    assert matches(f"{call} intersects ('?')", rows) == []
    assert matches(f"len({call}) = 0", rows) == [2]


def test_base64() -> None:
    rows: list[dict[str, Any]] = [{"proc.name": t} for t in ("Y2F0", "Y2F", "Y2E=", "Y2E", "Y2F0!", "", "YQBi")]
    assert matches("b64(proc.name) = cat", rows) == [0]
    assert matches("b64(proc.name) = ca", rows) == [2, 3]
    assert matches("b64(proc.name) exists", rows) == [0, 2, 3, 5, 6]
    assert matches("len(b64(proc.name)) = 1", rows) == [6]
    assert matches("b64(evt.buffer) bcontains 6100", [{"evt.buffer": b"YQBi"}]) == [0]


def test_fields_on_both_sides() -> None:
    rows: list[dict[str, Any]] = [
        {"proc.name": "sh", "proc.pname": "sh"},
        {"proc.name": "sh", "proc.pname": "init"},
        {"proc.name": "sh"},
    ]
    assert matches("proc.name = val(proc.pname)", rows) == [0]
    assert matches("proc.name != val(proc.pname)", rows) == [1]
    assert matches("concat(proc.pname, 'x') startswith val(proc.pname)", rows) == [0, 1]
    assert matches("proc.name glob toupper(proc.name)", rows) == []


def test_around() -> None:
    rows = [{"_ts": t} for t in (0, 4_000_000, 5_000_000, 9_000_000, 11_000_000)]
    assert matches("evt.around[7000000]=2", rows) == [2, 3]
    assert matches("evt.around[1]=99999999999999", rows) == [0, 1, 2, 3, 4]


def test_event_type_needs_no_column_but_for_generic_events() -> None:
    rows: list[dict[str, Any]] = [
        {"_type": OPENAT},
        {"_type": CLOSE},
        {"_type": GENERIC_X, "evt.type": "getpid"},
        {"_type": 60_000},
    ]
    assert run("evt.type in (openat, getpid)", rows) == ([0, 2], [("evt.type", 1)])
    assert run("evt.type=openat and evt.dir=<", rows)[0] == [0]


def test_cheap_checks_come_first() -> None:
    rows: list[dict[str, Any]] = [{"_type": OPENAT, "fd.name": "/x", "fd.num": 1}, {"_type": CLOSE, "fd.name": "/x", "fd.num": 2}]
    assert run("fd.name contains x and evt.arg.name exists and evt.type=openat", rows)[1] == [("fd.name", 1), ("evt.arg.name", 1)]
    assert run("fd.name contains y and fd.name contains x and fd.num > 0", rows)[1] == [("fd.num", 2), ("fd.name", 2)]


def test_empty_selection() -> None:
    view: Any = FakeView([])
    assert compile_filter("proc.name=a and not fd.name=b").select(view, np.arange(0)).tolist() == []
