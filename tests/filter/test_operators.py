"""Which operator works on which type, and what it means for one value, for arrays, and for many texts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.events.column import encoded
from pysysdig.filter.memo import CodeMemo
from pysysdig.filter.operators import constant_test, kind_of, operator_problem, pair_test
from pysysdig.filter.values import BadValue


@pytest.mark.parametrize(
    ("op", "modifier", "type_", "is_list", "problem"),
    [
        ("=", "", "CHARBUF", False, None),
        ("exists", "", "SOCKADDR", False, None),
        ("contains", "", "UINT64", False, "'contains' operator not supported for numeric filters"),
        ("<", "", "BOOL", False, "'<' operator not supported for numeric filters"),
        ("bcontains", "", "CHARBUF", False, "'bcontains' operator not supported for string filters"),
        ("bcontains", "", "BYTEBUF", False, None),
        ("==", "", "SIGSET", False, "'=' operator not supported for type 'SIGSET'"),
        ("<", "", "IPADDR", False, "'<' operator not supported for ip address and network filters"),
        ("<", "oneof", "IPADDR", False, "'<' with modifier not supported for ip address and network filters"),
        ("in", "", "CHARBUF", True, None),
        ("=", "", "CHARBUF", True, "'=' operator not supported list filters"),
        ("in", "", "BYTEBUF", True, "list filters are not supported for type 'BYTEBUF'"),
    ],
)
def test_what_works_on_what(op: str, modifier: str, type_: str, is_list: bool, problem: str | None) -> None:
    found = operator_problem(op, modifier, type_, is_list, old=False)
    assert found == (None if problem is None else f"filter error: {problem}")


def test_path_match_of_booleans_is_old() -> None:
    assert operator_problem("pmatch", "", "BOOL", False, old=True) is None
    assert operator_problem("pmatch", "", "BOOL", False, old=False) is not None
    assert kind_of("BOOL") == "boolean" and kind_of("FSPATH") == "string" and kind_of("SOCKTUPLE") is None


@pytest.mark.parametrize(
    ("type_", "op", "modifier", "constants", "yes", "no"),
    [
        ("CHARBUF", "icontains", "", ["CAT"], ["concAtenate"], ["dog"]),
        ("CHARBUF", "pmatch", "", ["/etc", "/var/*/x"], ["/etc", "/etc/a", "/var/q/x/y"], ["/etcetera", "/var/x", "/"]),
        ("CHARBUF", "in", "", ["a", "b"], ["a", "b"], ["c", ""]),
        ("CHARBUF", "contains", "oneof", ["a", "b"], ["a", "b"], ["ab", "c"]),
        ("CHARBUF", "contains", "anyof", ["a", "b"], ["a", "ab"], ["c"]),
        ("CHARBUF", "contains", "allof", ["a", "b"], ["ab"], ["a", "c"]),
        ("BYTEBUF", "bstartswith", "", [b"\x7fE"], [b"\x7fELF"], [b"E"]),
        ("UINT32", ">=", "", [5], [5, 6], [4]),
        ("UINT64", "!=", "", [5], [4], [5]),
        ("CHARBUF", "regex", "", ["a+b"], ["aab"], ["xaab"]),
    ],
)
def test_one_value(type_: str, op: str, modifier: str, constants: list[Any], yes: list[Any], no: list[Any]) -> None:
    test = constant_test(type_, False, op, modifier, constants)
    assert [test.value(v) for v in yes] == [True] * len(yes) and [test.value(v) for v in no] == [False] * len(no)
    if test.texts is not None:
        assert test.texts([*yes, *no]) == [True] * len(yes) + [False] * len(no)
    if test.array is not None and isinstance(yes[0], int):
        assert test.array(np.array([*yes, *no])).tolist() == [True] * len(yes) + [False] * len(no)


def test_any_of_several_values() -> None:
    """Or all of them, where a field wants that; lists have operators of their own."""
    assert constant_test("CHARBUF", False, "=", "", ["a"]).value(("x", "a"))
    assert not constant_test("CHARBUF", False, "!=", "", ["a"], every=True).value(("x", "a"))
    assert not constant_test("CHARBUF", False, "=", "", ["a"]).value(())
    assert constant_test("CHARBUF", True, "in", "", ["a", "b"]).value(("a",))
    assert not constant_test("CHARBUF", True, "in", "", ["a", "b"]).value(("a", "c"))
    assert constant_test("CHARBUF", True, "intersects", "", ["a", "b"]).value(("a", "c"))


@pytest.mark.parametrize("op", ["=", "!=", "<", "<=", ">", ">=", "in"])
@pytest.mark.parametrize("constant", [-1, 0, 200, 255, 256, 1 << 40])
def test_constants_that_the_items_cannot_have(op: str, constant: int) -> None:
    """Bytes compared with any number: as numbers are."""
    values = np.array([0, 200, 255], np.uint8)
    test = constant_test("INT64", False, op, "", [constant])
    assert test.array is not None
    assert test.array(values).tolist() == [test.value(v) for v in values.tolist()]


def test_unsigned_numbers_in_signed_columns() -> None:
    test = constant_test("UINT64", False, ">", "", [1 << 63])
    assert test.array is not None and test.array(np.array([-1, 5])).tolist() == [True, False]


def test_where_the_answer_changes() -> None:
    assert constant_test("UINT64", False, "<", "", [5]).points == frozenset({5})
    assert constant_test("CHARBUF", False, "contains", "", ["a"]).points is None
    assert constant_test("IPADDR", False, "=", "", [b"\1\2\3\4"]).points is None


def test_a_pattern_that_is_none() -> None:
    with pytest.raises(BadValue, match="invalid regex pattern"):
        constant_test("CHARBUF", False, "regex", "", ["("])


@pytest.mark.parametrize(
    ("op", "is_list", "a", "b", "want"),
    [
        ("=", False, "x", "x", True),
        ("contains", False, "xyz", "y", True),
        ("glob", False, "xyz", "x*", True),
        ("iglob", False, "XYZ", "x*", True),
        ("in", False, "x", "x", True),
        ("in", True, ("x",), ("x", "y"), True),
        ("in", True, ("x", "z"), ("x", "y"), False),
        ("intersects", True, ("x", "z"), ("x", "y"), True),
        ("<", False, 3, 4, True),
    ],
)
def test_fields_on_both_sides(op: str, is_list: bool, a: Any, b: Any, want: bool) -> None:
    assert pair_test("CHARBUF", is_list, op)(a, b) is want


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("op", ["contains", "startswith", "endswith", "=", "==", "in", "!=", "glob", "icontains"])
@given(
    texts=st.lists(st.text("ab/\xe9", max_size=4), max_size=9),
    constants=st.lists(st.text("ab/", max_size=2), min_size=1, max_size=2),
)
def test_many_texts_at_once(op: str, every: bool, texts: list[str], constants: list[str]) -> None:
    """As one after the other; a value that is several ones is never among those."""
    test = constant_test("CHARBUF", False, op, "", constants, every)
    if test.texts is not None:
        assert test.texts(texts) == [test.value(text) for text in texts]
    assert (test.texts is not None) == (op in ("contains", "startswith", "endswith", "=", "==", "in"))
    memo = CodeMemo(test.value, 0, np.int8, test.texts)
    for values in (texts, [*texts, ("a", "/b")]):
        assert memo(encoded(values)).tolist() == [int(test.value(value)) for value in values]
