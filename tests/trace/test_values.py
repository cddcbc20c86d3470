"""Values of msgpack: decoded one by one or all at once, within limits; looked into only where they are what they should be."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.errors import CaptureError
from pysysdig.trace.values import MAX_CONTAINERS, Damage, Values, dumps, listed, loads, member, numbers, whole, words
from tests.trace.odd import ODD


def _values(given: Any) -> Values:
    return Values(partial(dumps, given), "x.pscap", 99)


@given(
    st.dictionaries(st.text(max_size=3), st.lists(st.integers(-9, 9) | st.text() | st.lists(st.text())), max_size=5),
    st.data(),
)
def test_values_of_a_map_are_decoded_one_by_one(given: dict[str, list[Any]], data: st.DataObject) -> None:
    packed = dumps(given)
    values = Values(lambda: packed)
    assert {name: values.get(name) for name in given} == given
    assert values.get("none of them") is None
    damaged = bytearray(packed)
    damaged[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    for wrong in (packed[:-1], packed + b"\x00", bytes(damaged)):
        try:
            whole = loads(wrong)
        except CaptureError:
            whole = None
        if isinstance(whole, dict):  # what else there is as a key is nobody's name
            whole = {name: value for name, value in whole.items() if isinstance(name, str)}
        try:
            values = Values(partial(bytes, wrong))
            values.get("")
            one_by_one = {name: values.get(name) for name in (whole if isinstance(whole, dict) else given)}
        except CaptureError:
            assert not isinstance(whole, dict)
        else:
            assert not isinstance(whole, dict) or one_by_one == whole


def test_values_that_are_too_many() -> None:
    """Together they may have as many lists as one blob may."""
    lists = MAX_CONTAINERS // 2 + 1
    values = _values({"a": [[]] * lists, "b": [[]] * lists})
    assert values.get("a") == [[]] * lists
    with pytest.raises(CaptureError, match="not msgpack"):
        values.get("b")
    with pytest.raises(CaptureError, match="not msgpack"):
        _values([1]).get("a")


@pytest.mark.parametrize(
    ("ask", "good"),
    [
        (lambda v: member(v, "a"), [{"a": 1}]),
        (listed, [[], [[]]]),
        (lambda v: listed(v, 1), [[[]]]),
        (whole, [-1, 2, 1 << 40, 1 << 64]),
        (numbers, [[]]),
        (words, [[]]),
    ],
)
def test_what_is_looked_into_is_what_it_should_be(ask: Any, good: list[Any]) -> None:
    found = []
    for value in ODD:
        try:
            ask(value)
            found.append(value)
        except ValueError:
            continue
    assert repr(found) == repr(good)


def test_lists_of_numbers_and_texts() -> None:
    assert numbers([0, 5], 6) == [0, 5] and words(["", "a"]) == ["", "a"]
    for wrong in ([0, 6], [-1], [True], ["a"], [1.0], [None]):
        with pytest.raises(ValueError):
            numbers(wrong, 6)
    with pytest.raises(ValueError):
        words(["a", b"b"])


def test_damage_is_what_raises_a_value_error() -> None:
    """With its place; our own mistakes and errors that say more go on as they are."""
    with pytest.raises(CaptureError, match="damaged frame: odd") as caught, Damage(("a.pscap", 7), "odd"):
        raise ValueError
    assert (caught.value.name, caught.value.offset) == ("a.pscap", 7)
    for error in (TypeError, AttributeError, KeyError, OverflowError):
        with pytest.raises(error), Damage(("a.pscap", 7)):
            raise error
    with pytest.raises(CaptureError, match="more"), Damage(("a.pscap", 7)):
        raise CaptureError("more", "b", 1)


def test_bytes_that_are_no_values() -> None:
    for wrong in (b"", b"\xc1", b"\x92\x01", b"\x81\x90\x01", b"\x91" * 5000):
        with pytest.raises(CaptureError, match="not msgpack"):
            loads(wrong, "x", 1)
