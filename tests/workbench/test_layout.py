"""The layout of rule files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.errors import PysysdigError
from pysysdig.workbench.layout import lay_out
from pysysdig.workbench.source import read_files
from tests.workbench.laid import HEAD, condition, laid


def test_lists_and_blank_lines() -> None:
    text = (
        "# head\n\n\n\n- list: a\n  items: [x,   y, # why\n    z]\n"
        "- list: b\n  items: [aaaaaaaaaaaaaaaaaaaa, 'b b', bbbbbbbbbbbbbbbbb,\n"
        "      ccccccccccccccccccc]   \n# about c\n- list: c\n  items: [ a,b,\n c ]\n\n\n"
    )
    assert laid(text) == (
        "# head\n\n- list: a\n  items: [x,   y, # why\n    z]\n\n"
        "- list: b\n  items: [\n    aaaaaaaaaaaaaaaaaaaa, 'b b', bbbbbbbbbbbbbbbbb,\n"
        "    ccccccccccccccccccc\n  ]\n\n# about c\n- list: c\n  items: [a, b, c]\n"
    )


def test_texts_of_several_lines_stay() -> None:
    text = HEAD.replace("desc: d", "desc: |\n    a  \n\n\n    b") + "  condition: evt.type=close\n"
    assert laid(text) == text


def test_files_that_do_not_load_alone_are_laid_out() -> None:
    assert condition("(elsewhere\n    and evt.type=close)") == "(elsewhere and evt.type=close)"


@pytest.mark.parametrize("raw", [b"\xff", b"- [", b"a: {"])
def test_what_is_no_rule_file(raw: bytes) -> None:
    with pytest.raises(PysysdigError, match=r"a\.yaml"):
        lay_out([("a.yaml", raw)])


def test_where_it_is_no_rule_file() -> None:
    """Errors name the line, those of depth too."""
    deep = HEAD.encode() + b"  exceptions: " + b"[" * 80 + b"]" * 80
    for raw, place in ((deep, r"a\.yaml:\d+:\d+: nested deeper than 64 levels"), (b"- a\n- [", r"a\.yaml:2:\d+: ")):
        with pytest.raises(PysysdigError, match=place):
            lay_out([("a.yaml", raw)])


_WORDS = st.sampled_from(
    [
        "and",
        "or",
        "not",
        "(",
        ")",
        "proc.name=a",
        "fd.name in (a, b)",
        "'x  y'",
        "\n",
        "\n      ",
        "  ",
        ",",
        "ä",
        "# c",
        "'",
        "m",
    ]
)


@given(st.lists(_WORDS, max_size=20), st.sampled_from(["", ">\n    ", "|\n    ", ">-\n\n    ", "|+\n    "]), st.integers(40, 80))
def test_whatever_is_written_stays_what_it_is(words: list[str], style: str, width: int) -> None:
    text = f"{HEAD}  condition: {style}{' '.join(words)}\n\n# end\n- macro: m\n  condition: (proc.name=m)\n"
    try:
        laid(text, width)
    except PysysdigError as error:
        assert "please report" not in str(error)  # no YAML


def test_public_rules(shared: Path) -> None:
    for path in sorted((shared / "rules").glob("*.yaml")):
        (one,) = lay_out(read_files([str(path)]))
        (again,) = lay_out([("a", one.after.encode())])
        assert again.after == one.after, path
