"""The column evaluator against the plain one, on random filters and events."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysysdig.events.table import CURRENT
from pysysdig.filter import compile_filter, parse
from tests.filter.filter_fakes import FakeView, install
from tests.filter.yardstick import evaluate

WORDS = ["", "a", "cat", "Cat", "bash", "/etc", "/etc/passwd", "/usr/lib/x", "caté".encode().decode("latin-1")]
NUMBERS = [-1, 0, 1, 2, 80, 255, 2**31, 2**32 - 1]
ADDRESSES = [bytes([127, 0, 0, 1]), bytes([10, 1, 2, 3]), bytes(15) + b"\1", bytes.fromhex("fe80" + "00" * 13 + "07")]
ADDRESS_TEXTS = ["127.0.0.1", "10.1.2.3", "::1", "fe80::7"]
NETWORKS = ["127.0.0.0/8", "10.1.2.3/32", "0.0.0.0/0", "fe80::/10", "::1/128"]
UNSIGNED = [n % 2**64 for n in NUMBERS]


def _maybe(values: list[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.sampled_from(values))


def _tuples(values: list[Any], most: int) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.lists(st.sampled_from(values), min_size=1, max_size=most).map(tuple))


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "proc.name": _maybe(WORDS),
            "proc.pname": _maybe(WORDS),
            "fd.name": _maybe(WORDS),
            "evt.num": st.sampled_from(UNSIGNED),
            "fd.num": _maybe(NUMBERS),
            "evt.cpu": st.sampled_from([0, 1, 2]),
            "evt.is_io": _maybe([True, False]),
            "evt.buffer": _maybe([b"", b"HTTP/1.1", b"\0\xff", b"cat"]),
            "fd.cip": _maybe(ADDRESSES),
            "fd.sip": _maybe(ADDRESSES),
            "fd.cnet": _maybe(ADDRESSES),
            "fd.ip": _tuples(ADDRESSES, 2),
            "fd.net": _tuples(ADDRESSES, 2),
            "fd.port": _tuples([53, 80, 1024], 2),
            "fd.sport": _maybe([53, 80]),
            "proc.aname": st.one_of(st.just(()), _tuples(WORDS, 3)),
            "proc.apid": _tuples([1, 2, 80], 3),
            "fd.types": st.one_of(st.just(()), _tuples(["file", "pipe", "ipv4"], 3)),
            "user.uid": st.sampled_from([0, 1000, 2**32 - 1]),
        }
    ),
    max_size=12,
)


def _quoted(text: str) -> str:
    return '"' + text.encode("latin-1").decode("utf-8") + '"'


def _listed(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=3).map(lambda v: f"({', '.join(v)})")


def _checks(fields: list[str], ops: list[str], values: st.SearchStrategy[str], modifiers: bool = True) -> st.SearchStrategy[str]:
    single = st.builds(lambda f, o, v: f"{f} {o} {v}", st.sampled_from(fields), st.sampled_from(ops), values)
    several = st.builds(
        lambda f, o, v: f"{f} {o} {v}", st.sampled_from(fields), st.sampled_from(["in", "intersects"]), _listed(values)
    )
    exists = st.sampled_from(fields).map(lambda f: f"{f} exists")
    modified = st.builds(
        lambda f, o, m, v: f"{f} {o} {m} {v}",
        st.sampled_from(fields),
        st.sampled_from([o for o in ops if o not in ("<", "<=", ">", ">=")]),
        st.sampled_from(["oneof", "anyof", "allof"]),
        _listed(values),
    )
    return st.one_of(single, several, exists, modified) if modifiers else st.one_of(single, several, exists)


STRINGS = ["proc.name", "proc.pname", "fd.name"]
STRING_OPS = ["=", "==", "!=", "contains", "icontains", "startswith", "endswith"]
WORD_TEXTS = st.sampled_from(WORDS).map(_quoted)
INTEGERS = st.sampled_from([str(n) for n in NUMBERS])
ORDERED = ["=", "!=", "<", "<=", ">", ">="]
GLOBS = st.sampled_from(["*", "c*", "?at", "/etc/*", "*a*", "*s?"]).map(lambda g: f"'{g}'")

CHECKS = st.one_of(
    _checks(STRINGS, STRING_OPS, WORD_TEXTS),
    _checks(["proc.aname"], STRING_OPS, WORD_TEXTS),
    _checks(STRINGS, ["glob", "iglob"], GLOBS),
    _checks(STRINGS, ["regex"], st.sampled_from(["'.*'", "'c.t'", "'/etc(/.*)?'", "'[a-c]+'"])),
    st.builds(lambda f, v: f"{f} pmatch {v}", st.sampled_from(STRINGS), _listed(st.sampled_from(["/etc", "/usr/*", "cat", "/"]))),
    _checks(["evt.num", "fd.num", "proc.apid", "user.uid"], ORDERED, INTEGERS),
    _checks(["evt.cpu"], ORDERED, st.sampled_from(["0", "1", "3"])),
    _checks(["fd.port", "fd.sport"], ORDERED, st.sampled_from(["53", "80", "65616", "0"])),
    _checks(["evt.is_io"], ["=", "!="], st.sampled_from(["true", "false"])),
    _checks(["evt.buffer"], ["=", "!=", "contains", "startswith", "endswith"], st.sampled_from(["HTTP", "''", "cat", "1.1"])),
    _checks(["evt.buffer"], ["bcontains", "bstartswith"], st.sampled_from(["00", "00ff", "48545450"]), modifiers=False).filter(
        lambda t: " in " not in t and "intersects" not in t
    ),
    _checks(["fd.cip", "fd.sip", "fd.ip"], ["=", "!="], st.sampled_from(ADDRESS_TEXTS)),
    _checks(["fd.cnet", "fd.net"], ["=", "!="], st.sampled_from(NETWORKS)),
    st.builds(
        lambda o, v: f"fd.types {o} {v}", st.sampled_from(["in", "intersects"]), _listed(st.sampled_from(["file", "pipe", "x"]))
    ),
    st.builds(
        lambda f, o, n: f"len({f}) {o} {n}",
        st.sampled_from([*STRINGS, "fd.types", "evt.buffer"]),
        st.sampled_from(ORDERED),
        INTEGERS,
    ),
    st.builds(
        lambda t, f, v: f"{t}({f}) = {v}",
        st.sampled_from(["tolower", "toupper", "basename"]),
        st.sampled_from(STRINGS),
        WORD_TEXTS,
    ),
    st.builds(
        lambda f, o, g: f"{f} {o} val({g})",
        st.sampled_from(STRINGS),
        st.sampled_from([*STRING_OPS, "in"]),
        st.sampled_from(STRINGS),
    ),
    st.builds(
        lambda f, o, g: f"tolower({f}) {o} toupper({g})",
        st.sampled_from(STRINGS),
        st.sampled_from(["=", "!="]),
        st.sampled_from(STRINGS),
    ),
    st.sampled_from(["fd.cip = val(fd.sip)", "fd.cip != val(fd.sip)", "evt.num > len(fd.name)", "fd.num >= val(fd.num)"]),
    st.builds(lambda f, g, v: f"concat({f}, 'x', {g}) != {v}", st.sampled_from(STRINGS), st.sampled_from(STRINGS), WORD_TEXTS),
    st.builds(lambda f, g, v: f"join('/', ({f}, {g}, 'c', evt.num)) contains {v}", *[st.sampled_from(STRINGS)] * 2, WORD_TEXTS),
)

FILTERS = st.recursive(
    CHECKS,
    lambda inner: st.one_of(
        inner.map(lambda t: f"not ({t})"),
        st.lists(inner, min_size=2, max_size=4).map(lambda ts: "(" + " and ".join(ts) + ")"),
        st.lists(inner, min_size=2, max_size=4).map(lambda ts: "(" + " or ".join(ts) + ")"),
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module", autouse=True)
def _fakes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        install(patch)
        yield


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(FILTERS, st.lists(ROWS, min_size=1, max_size=3))
def test_columns_agree_with_the_yardstick(text: str, batches: list[list[dict[str, Any]]]) -> None:
    """Several batches through one filter: memos must survive, and must not leak, from one to the next."""
    flt = compile_filter(text, CURRENT)
    tree = parse(text)
    for rows in batches:
        view: Any = FakeView(rows)
        wanted = [i for i, row in enumerate(rows) if evaluate(tree, row)]
        assert flt.select(view, np.arange(len(rows))).tolist() == wanted


@settings(max_examples=50, deadline=None)
@given(FILTERS, ROWS, st.randoms())
def test_a_selection_is_respected(text: str, rows: list[dict[str, Any]], rng: random.Random) -> None:
    view: Any = FakeView(rows)
    sel = np.array([i for i in range(len(rows)) if rng.random() < 0.5], np.int64)
    tree = parse(text)
    assert compile_filter(text, CURRENT).select(view, sel).tolist() == [i for i in sel.tolist() if evaluate(tree, rows[i])]
