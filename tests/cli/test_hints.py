"""Whether a filter that makes no sense was meant as a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.cli.hints import add_file_hint
from pysysdig.errors import FilterError


def hint(filter_: str, text: str | None = None) -> str:
    error = FilterError("wrong", filter_ if text is None else text, 0)
    add_file_hint(error, filter_)
    return error.hint


@pytest.mark.parametrize("word", ["a.scap", "a.scap7", "a.pscap", "x.cap.gz", "some/trace", "/tmp/x", "trace.bin"])
def test_what_looks_like_a_file(word: str) -> None:
    assert hint(word) == f"did you mean -r {word}?"
    assert hint(f"{word} proc.name=cat") == f"did you mean -r {word}?"


@pytest.mark.parametrize("filter_", ["", " a.scap", "proc.nam", "fd.nosuch=1", "nosuch", "(a.b=1)", "proc.name=/x"])
def test_what_is_a_filter_with_a_fault(filter_: str) -> None:
    assert hint(filter_) == ""


def test_what_is_a_file_whatever_it_looks_like(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("proc").write_bytes(b"")
    Path("é").write_bytes(b"")
    assert hint("proc") == "did you mean -r proc?"
    assert hint("é".encode().decode("latin-1")) == "did you mean -r é?"
    assert hint("proc2") == ""


def test_errors_of_other_texts_are_left_alone() -> None:
    """A macro of a rule, say: what the command line holds has nothing to do with it."""
    assert hint("a.scap", text="other") == ""
