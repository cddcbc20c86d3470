"""The command line as --help shows it."""

from __future__ import annotations

import re

from pysysdig.cli.options import OPTIONS
from tests.conftest import Call


def test_help_names_every_option(call_cli: Call) -> None:
    result = call_cli("--help")
    assert result.returncode == 0 and result.stderr == b""
    text = re.sub(r"\s+", "", result.stdout.decode())
    for option in OPTIONS:
        assert not option.long or "--" + option.long in text
        assert not option.short or "-" + option.short in text


def test_examples_of_the_help_parse() -> None:
    import shlex

    from pysysdig.cli.job import build
    from pysysdig.cli.texts import EXAMPLES

    for _, line in EXAMPLES:
        words = shlex.split(line.split("| ")[-1])
        assert words[0] == "pysysdig" and build(words[1:]).action == "run"
