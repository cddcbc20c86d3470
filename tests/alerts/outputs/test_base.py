"""What an output is made from: its section of the configuration, with what is wrong in it named."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.alerts.outputs.base import AlertOutput, Setting
from pysysdig.errors import UsageError
from pysysdig.output.stream import Output as Stream


def setting(**section: Any) -> Setting:
    return Setting("file", section, Stream(), False)


def test_keys() -> None:
    s = setting(a="1", number="1.5", on="true", empty="")
    assert (s.required("a"), s.text("a"), s.text("b", "x"), s.number("number", 0), s.number("b", 7)) == ("1", "1", "x", 1.5, 7)
    assert (s.flag("on"), s.flag("b"), s.flag("b", True)) == (True, False, True)
    with pytest.raises(UsageError, match="file output enabled but no empty in configuration block"):
        s.required("empty")


@pytest.mark.parametrize("value", ["x", "-1", "inf", "nan"])
def test_numbers_that_are_none(value: str) -> None:
    with pytest.raises(UsageError, match=f"configuration: file: n is {value}, not a number"):
        setting(n=value).number("n", 0)


def test_what_every_output_has() -> None:
    """It need not do anything at a rotation, or at the end."""
    output = AlertOutput(setting())
    output.reopen()
    output.close()
    assert (output.reads_fields, output.path, output.one_by_one) == (False, "", False)
    with pytest.raises(NotImplementedError):
        output.send([], [])
