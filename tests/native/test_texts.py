"""Native codes of values, plain text and texts of socket tuples, as the Python twins give them."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig import speed
from pysysdig.events import column as column_module
from pysysdig.events.column import Dictionary
from pysysdig.events.table import CURRENT
from pysysdig.events.text import cleaned
from pysysdig.render.addresses import socktuple
from pysysdig.state.fds import FdInfo
from pysysdig.state.rows import FD_NAMES, FD_NUMBERS, SOCK_WORDS, THREAD_NAMES, THREAD_NUMBERS
from pysysdig.state.table import PRINTABLE, RowAttribute, named
from pysysdig.state.tables import Fds
from pysysdig.state.threads import ThreadInfo

pytestmark = pytest.mark.skipif(speed.native is None, reason=f"the native extension is not used: {speed.missing}")
VALUES = st.one_of(st.none(), st.sampled_from(["", "a", "/x\x01", "\xe9", b"a", ("a",), 7]), st.text("ab\x7f\xff~ ", max_size=6))


@given(st.lists(st.lists(VALUES, max_size=20), max_size=3))
def test_codes_like_python(batches: list[list[Any]]) -> None:
    fast, slow = Dictionary(), Dictionary()
    for values in batches:
        got = fast.codes(values)
        with patch.object(column_module, "native", None):
            assert got.tolist() == slow.codes(values).tolist()
        assert fast.values == slow.values


@given(st.lists(st.one_of(st.none(), st.text("ab\x1f\x20\x7e\x7f\xff", max_size=5)), max_size=20))
def test_cleaned_like_python(texts: list[str | None]) -> None:
    got = column_module.all_cleaned(list(texts))
    with patch.object(column_module, "native", None):
        assert got == column_module.all_cleaned(texts)


def test_values_that_cannot_be_codes() -> None:
    with pytest.raises(TypeError):
        Dictionary().codes([["a list"]])
    known: Any = speed.native
    wrong: list[Any] = [((), {}, []), ([], [], []), ([], {}, ())]
    for args in wrong:
        with pytest.raises(TypeError):
            known.codes(*args, np.zeros(0, np.int32))


@given(
    st.binary(max_size=60), st.lists(st.tuples(st.integers(-3, 70), st.sampled_from((0, 12, 13, 14, -1, 1 << 62))), max_size=9)
)
def test_tuples_like_python(data: bytes, spans: list[tuple[int, int]]) -> None:
    known: Any = speed.native
    buf = np.frombuffer(b"\x02" + data, np.uint8)
    start, length = (np.array([s[i] for s in spans], np.int64) for i in range(2))
    texts, d, codes = known.tuple_texts(buf, start, length), Dictionary(), np.zeros(len(spans), np.int32)
    known.tuple_codes(buf, start, length, *d.parts(), codes)
    assert codes.tolist() == [-2 if text is None else d.code(text) for text in texts]
    for text, (at, size) in zip(texts, spans):
        told = size == 13 and 0 <= at <= len(buf) - 13 and buf[at] == 2
        assert (text is not None) == told
        if told:
            assert text == socktuple(bytes(buf[at : at + 13]), -1, CURRENT)


def _double(row: Any) -> int:
    return 2 * int(row.fd) + int(row.connected)


@given(st.lists(st.tuples(st.text("ab\x01\xe9", max_size=3), st.integers(-1, 1 << 40), st.booleans()), min_size=70, max_size=90))
def test_attributes_of_rows_like_python(given_: list[tuple[str, int, bool]]) -> None:
    attributes: list[RowAttribute[FdInfo]] = [
        named("name"),
        RowAttribute(lambda f: cleaned(f.name), reads=("name",), plain=PRINTABLE),
        RowAttribute(lambda f: f.name + "!", reads=("name",)),
        RowAttribute(lambda f: f.name),
    ]
    numbers: list[RowAttribute[FdInfo]] = [
        named("fd"),
        named("connected"),
        RowAttribute(_double, reads=("fd", "connected"), vector=lambda fd, connected: 2 * fd + connected),
    ]
    fast, slow = Fds(), Fds()
    for table in (fast, slow):
        for name, fd, connected in given_:
            row = FdInfo(1, name)
            row.fd, row.connected = fd, connected
            table.add(row)
    slow._readable = slow._numeric = frozenset()
    for rows in (np.arange(-1, len(given_)), np.array([3, 0, 3])):
        for attribute in attributes:
            assert fast.text(rows, attribute).tolist() == slow.text(rows, attribute).tolist()
        for attribute in numbers:
            assert fast.number(rows, attribute).tolist() == slow.number(rows, attribute).tolist()


def test_numbers_of_rows_are_those_of_native_code() -> None:
    known: Any = speed.native
    rows: tuple[tuple[Any, Any, tuple[str, ...], frozenset[str]], ...] = (
        (known.ThreadRow, ThreadInfo(5), THREAD_NAMES, THREAD_NUMBERS),
        (known.FdRow, FdInfo(5), FD_NAMES, FD_NUMBERS),
    )
    for native_class, row, names, numbers in rows:
        for name in names:
            out = np.zeros(1, np.int64)
            if name in numbers:
                native_class.numbers([row], np.zeros(1, np.int64), (name,), out)
                assert out[0] == getattr(row, name)
            else:
                with pytest.raises(TypeError):
                    native_class.numbers([row], np.zeros(1, np.int64), (name,), out)


def test_words_of_address_records_are_numbers() -> None:
    known: Any = speed.native
    row, out = FdInfo(5), np.zeros(1, np.int64)
    row.sock = bytes(range(200, 240))
    for name in SOCK_WORDS:
        known.FdRow.numbers([row], np.zeros(1, np.int64), (name,), out)
        at = int(name.split("_")[1])
        assert out.tobytes() == row.sock[at : at + 8]


def test_rows_that_are_none() -> None:
    known: Any = speed.native
    out, codes = np.zeros(1, np.int64), np.zeros(1, np.int32)
    for rows, number, error in (([FdInfo(1)], -1, IndexError), ([FdInfo(1)], 1, IndexError), ([None], 0, TypeError)):
        at = np.array([number], np.int64)
        with pytest.raises(error):
            known.FdRow.numbers(rows, at, ("fd",), out)
        with pytest.raises(error):
            known.FdRow.codes(rows, at, ("name",), 1, {}, [], codes)
        with pytest.raises(error):
            known.FdRow.recall(rows, at, ("name",), {}, int)
    with pytest.raises(AttributeError):
        known.FdRow.numbers([], np.zeros(0, np.int64), ("nothing",), out)
