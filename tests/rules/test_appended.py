"""What the configuration appends to outputs."""

from __future__ import annotations

from typing import Any

from pysysdig.rules.appended import AppendOutput, ExtraField, extended_output, extra_fields
from tests.rules.texts import load, rule


def entry(**given: Any) -> AppendOutput:
    made = AppendOutput()
    for name, value in given.items():
        setattr(made, name, value)
    return made


def test_whom_it_is_about() -> None:
    (made,) = load(rule("evt.type=open", tags="[a, b]")).rules
    for fits, given in (
        (True, {}),
        (True, {"source": "syscall", "rule": "r", "tags": {"a"}}),
        (False, {"source": "k8s_audit"}),
        (False, {"rule": "other"}),
        (False, {"tags": {"a", "c"}}),
    ):
        assert entry(**given).applies(made) is fits
        assert (extended_output(made, [entry(extra_output="x", **given)]) == "o x") is fits


def test_fields_beyond_those_of_the_output() -> None:
    (made,) = load(rule("evt.type=open")).rules
    first = entry(formatted_fields={"a": "%proc.name", "b": "1"}, raw_fields=["fd.num"])
    found = extra_fields(made, [first, entry(formatted_fields={"b": "2"})])
    assert found == {"a": ExtraField("%proc.name", False), "b": ExtraField("2", False), "fd.num": ExtraField("%fd.num", True)}
    assert extended_output(made, [entry(suggested_output=True)]).startswith("o container_id=%container.id ")
