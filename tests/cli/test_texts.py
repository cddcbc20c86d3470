"""Texts that --help and the manual page share."""

from __future__ import annotations

import pytest

from pysysdig.cli.meanings import Act
from pysysdig.cli.option import NONE, OPTIONAL, REQUIRED, Option
from pysysdig.cli.texts import refused, usage


@pytest.mark.parametrize(
    ("short", "long", "arg", "short_arg", "written"),
    [
        ("r", "readfile", REQUIRED, None, "-r, --readfile FILE"),
        ("l", "list", OPTIONAL, NONE, "-l, --list[=FILE]"),
        ("B", "", OPTIONAL, None, "-B[FILE]"),
        ("", "view", REQUIRED, None, "--view FILE"),
        ("q", "quiet", NONE, None, "-q, --quiet"),
    ],
)
def test_how_an_option_is_written(short: str, long: str, arg: int, short_arg: int | None, written: str) -> None:
    assert usage(Option("x", short, long, arg, "FILE", "", "", Act("x"), short_arg)) == written


def test_what_is_refused_says_why() -> None:
    found = refused()
    assert found and len({why for why, _ in found}) == len(found)
    assert all(why[0].isupper() and forms.startswith("-") for why, forms in found)
