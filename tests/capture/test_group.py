"""Records of one kind as columns."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.capture.group import Group, blobs
from pysysdig.capture.record import EXIT
from tests.capture.records import record

ARGS = (1, 2, 3, 4, 5, (1 << 64) - 1)


def group(*sections: list[bytes]) -> Group:
    """Records with these sections each, one behind the other."""
    made = [record(EXIT, 9, s, ARGS, ret=-i, tid=40 + i) for i, s in enumerate(sections)]
    at = np.cumsum([0, *map(len, made)])[:-1].astype(np.int64)
    return Group(np.frombuffer(b"".join(made), np.uint8), at)


def test_numbers_of_the_headers() -> None:
    g = group([b"ab"], [], [b"x" * 100])
    assert (g.tid.tolist(), g.ret.tolist()) == ([40, 41, 42], [0, -1, -2])
    assert [g.arg(i).tolist()[0] for i in range(6)] == list(ARGS)


@pytest.mark.parametrize(
    "sections", [([b"ab"], [b""], [b"xyz"]), ([b"a", b"bc"], [b"", b"defg"]), ([b"a", b"", b"c", b"dd", b"e"],)]
)
def test_sections(sections: tuple[list[bytes], ...]) -> None:
    g = group(*sections)
    for i in range(len(sections[0])):
        assert g.pieces(i) == [s[i] for s in sections]


def test_numbers_in_sections() -> None:
    """With a default where a section is too short."""
    g = group([(7).to_bytes(4, "little") + b"\x01\x02"], [b"\x05"])
    assert g.field(0, 0, "<u4", 99).tolist() == [7, 99] and g.field(0, 4, "<u2", 3).tolist() == [0x0201, 3]
    assert g.field(0, 0, "<u1").tolist() == [7, 5]


def test_sections_in_another_place() -> None:
    g = group([b"a", b"bc"], [b"d", b"ef"])
    assert g.arranged([1, 0]).pieces(0) == [b"bc", b"ef"] and g.pieces(0) == [b"a", b"d"]
    start, length = g.section(1)
    g.replace(0, np.array([1]), start[1:], length[1:])
    assert g.pieces(0) == [b"a", b"ef"]


def test_bytes_as_a_column() -> None:
    var = blobs([b"ab", b"", b"c"])
    assert [bytes(var.buffer[s : s + n]) for s, n in zip(var.start.tolist(), var.length.tolist())] == [b"ab", b"", b"c"]
    assert blobs([]).length.tolist() == []
