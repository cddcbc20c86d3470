"""Reports in several formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.cli.rule_commands.reports import deliver, report_options
from pysysdig.cli.subcommand import Syntax
from pysysdig.errors import PysysdigError, UsageError

SYNTAX = Syntax("rules x", "", "", report_options("rules x", ("text", "json")))


def settings(*argv: str) -> dict[str, object]:
    parsed = SYNTAX.parse(argv)
    assert parsed is not None
    return parsed[0].of("report")


def test_where_reports_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deliver(settings("--output", f"json:{tmp_path}/a"), "text", lambda name: name)
    assert capsys.readouterr().out == "text" and (tmp_path / "a").read_text() == "json"
    deliver(settings("-f", "json", "--output", f"{tmp_path}/b"), "text", lambda name: name)
    assert capsys.readouterr().out == "" and (tmp_path / "b").read_text() == "json"
    deliver(settings("--output", "json:-"), "text", lambda name: name)
    assert capsys.readouterr().out == "jsontext"


def test_mistakes(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there are text, json"):
        settings("-f", "xml")
    with pytest.raises(PysysdigError, match="can't write"):
        deliver(settings("--output", f"{tmp_path}/no/such"), "text", lambda name: name)
