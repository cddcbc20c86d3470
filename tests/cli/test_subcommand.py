"""The command line of a single command."""

from __future__ import annotations

import pytest

from pysysdig.cli.meanings import Draft, Put
from pysysdig.cli.option import REQUIRED, Option
from pysysdig.cli.subcommand import Syntax
from pysysdig.errors import UsageError

SYNTAX = Syntax(
    "toy", "WORD...", "Play.", (Option("size", "", "size", REQUIRED, "N", "", "How large.", Put("toy.size", parse=int)),)
)


@SYNTAX.command
def run(draft: Draft, words: list[str]) -> int:
    """Play."""
    return int(draft.of("toy")["size"]) + len(words)


def test_it_is_given_settings_and_words() -> None:
    assert run(["a", "--size", "3", "b"]) == 5


def test_help_is_answered(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--help", "--size"]) == 0
    said = capfd.readouterr().out
    assert said.startswith("Usage: pysysdig toy [OPTIONS] WORD...") and "--size N" in said


def test_what_is_no_option() -> None:
    with pytest.raises(UsageError, match="nosuch"):
        run(["--nosuch"])
