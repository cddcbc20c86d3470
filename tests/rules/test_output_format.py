"""Outputs of rules: text with fields and transformers, and the values behind it."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.errors import FormatError
from pysysdig.rules.output_format import OutputFormat
from pysysdig.state.levels import EVENT, FD
from tests.rules.tried import view

SEL = np.array([1])


def test_text_and_values() -> None:
    found = OutputFormat("opened %fd.name by %5proc.name|%evt.num")
    assert found.fields == ["fd.name", "proc.name", "evt.num"] == found.names and found.needs == FD
    (text,) = found.texts(view(), SEL)
    values = {name: column[0] for name, column in found.columns(view(), SEL).items()}
    assert text == f"opened {values['fd.name']} by {values['proc.name']:5}|{values['evt.num']}" and values["evt.num"] == 2


def test_transformers_print_but_their_fields_are_named() -> None:
    found = OutputFormat("%toupper(proc.name)")
    assert (found.fields, found.names) == (["proc.name"], ["proc.name", "toupper(proc.name)"])
    assert found.texts(view(), SEL) == [OutputFormat("%proc.name").texts(view(), SEL)[0].upper()]


def test_a_missing_value_suppresses_nothing() -> None:
    assert OutputFormat("*a %proc.aname[9]").texts(view(), SEL) == ["a <NA>"]
    assert OutputFormat("just text").texts(view(), SEL) == ["just text"] and OutputFormat("text").needs == EVENT


@pytest.mark.parametrize(("output", "at"), [("a %no.such", 2), ("%", 0), ("x %toupper(no.such)", 2)])
def test_what_is_wrong_has_its_place(output: str, at: int) -> None:
    with pytest.raises(FormatError) as caught:
        OutputFormat(output)
    assert caught.value.index in (at, at + 1)


def test_an_output_is_not_empty() -> None:
    with pytest.raises(FormatError, match="empty"):
        OutputFormat("")


def test_what_fields_keep_is_forgotten() -> None:
    found = OutputFormat("%evt.deltatime")
    found.texts(view(), SEL)
    assert any(found.states())
    found.restart()
    assert not any(found.states())
