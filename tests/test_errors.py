"""What users are told of errors: one line, for texts of theirs with the place under it."""

from __future__ import annotations

import inspect

import pytest

from pysysdig import errors
from pysysdig.errors import CaptureError, FilterError, OutputError, PysysdigError, TruncatedError, UsageError

CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__]


def test_all_are_of_one_kind_and_none_of_pythons_own() -> None:
    assert len(CLASSES) > 8
    for c in CLASSES:
        assert issubclass(c, PysysdigError) and not issubclass(c, (OSError, ValueError, LookupError)), c
        assert c.__name__.startswith("_") or c.__name__ in (errors.__doc__ or ""), c


@pytest.mark.parametrize("text, index, lines", [
    ("a.b = ", 3, ["wrong", "  a.b = ", "     ^"]),
    ("a\nb.c", 3, ["wrong", "  b.c", "   ^"]),
    ("ab\ncd", 1, ["wrong", "  ab", "   ^"]),
    ("ab", 99, ["wrong", "  ab", "    ^"]),
    ("ab", -5, ["wrong", "  ab", "  ^"]),
    ("", 0, ["wrong"]),
    ("ab", None, ["wrong"]),
])  # fmt: skip
def test_the_place_is_marked(text: str, index: int | None, lines: list[str]) -> None:
    assert FilterError("wrong", text, index).render().split("\n") == lines


def test_what_terminals_would_act_on_is_shown_as_dots() -> None:
    assert FilterError("wrong", "a\x1b[2J\tb", 7).render().split("\n")[1:] == ["  a.[2J.b", "         ^"]


@pytest.mark.parametrize("index", [0, 79, 80, 500, 998, 999])
def test_of_a_long_line_the_part_around_the_place_is_shown(index: int) -> None:
    text = "".join(chr(ord("a") + k % 26) for k in range(999))
    _, line, mark = FilterError("wrong", text, index).render().split("\n")
    assert len(line) <= 162 and len(mark) <= len(line) + 1
    assert line[len(mark) - 1 : len(mark)] == text[index : index + 1]


def test_a_hint_comes_last() -> None:
    assert FilterError("wrong", "ab", 1, hint="try this").render().split("\n") == ["wrong", "  ab", "   ^", "try this"]


def test_errors_of_captures_name_the_file_and_the_place() -> None:
    assert str(CaptureError("is damaged", "a.scap", 0)) == "a.scap: is damaged at offset 0"
    assert str(CaptureError("is damaged", "a.scap")) == "a.scap: is damaged"
    assert str(TruncatedError("it ends", offset=7)) == "it ends at offset 7"


@pytest.mark.parametrize(
    "error, end", [(OSError(28, "No space left on device"), "No space left on device"), (OSError("odd"), "odd")]
)
def test_standard_output(error: OSError, end: str) -> None:
    assert OutputError(error).render() == f"pysysdig: can't write to standard output: {end}"


def test_configuration_is_part_of_what_the_user_asked_for() -> None:
    assert isinstance(errors.ConfigError("x"), UsageError)


def test_near_names() -> None:
    known = ["openat", "openat2", "open", "close", "openax"]
    assert errors.did_you_mean("opena", known) == "did you mean openax or openat or open?"
    assert errors.did_you_mean("closed", iter(known)) == "did you mean close?"
    assert errors.did_you_mean("zzz", known) == ""
    assert errors.did_you_mean("opena", known, 1) == "did you mean openax?"


@pytest.mark.parametrize(
    "error, said", [(OSError(2, "No such file"), "No such file"), (OSError("odd"), "odd"), (ValueError("bad"), "bad")]
)
def test_reasons_have_no_numbers(error: Exception, said: str) -> None:
    assert errors.reason(error) == said
