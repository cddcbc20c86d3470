"""The configuration of a job with rules: Falco's, and what other options say about alerts."""

from __future__ import annotations

import pytest

from pysysdig.cli.alert_config import alert_config
from pysysdig.cli.job import build


@pytest.mark.parametrize(
    ("words", "json", "base64", "appended"),
    [
        ([], False, False, []),
        (["-j"], True, False, []),
        (["-b"], False, True, []),
        (["-p", "%proc.name"], False, False, [(False, "%proc.name")]),
        (["-pc"], False, False, [(True, "")]),
    ],
)
def test_options(words: list[str], json: bool, base64: bool, appended: list[tuple[bool, str]]) -> None:
    config = alert_config(build(["--rules", "r.yaml", *words]))
    assert (config.json_output, config.buffer_format_base64) == (json, base64)
    assert [(e.suggested_output, e.extra_output) for e in config.append_output] == appended


def test_the_configuration_counts_too() -> None:
    assert alert_config(build(["--rules", "r.yaml", "-o", "json_output=true"])).json_output
