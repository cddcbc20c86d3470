"""What could not be done has a status of its own."""

from __future__ import annotations

import pytest

from pysysdig.cli.failure import two_on_error
from pysysdig.errors import UsageError


def test_errors_are_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    @two_on_error
    def verb(argv: object) -> int:
        raise UsageError("no\x1b such")

    assert verb([]) == 2 and capsys.readouterr().err == "no\\x1b such\n"
