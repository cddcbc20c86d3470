"""Outputs of rules are checked, and what is appended to them."""

from __future__ import annotations

import json

from pysysdig.rules.config import RuleConfig
from pysysdig.rules.config_tree import read
from pysysdig.rules.load import RuleText
from pysysdig.rules.validate import validate
from tests.rules.texts import errors, rule, warnings


def test_outputs_are_checked() -> None:
    assert errors(rule("evt.type=open", output="'%proc.naem x'")) == [
        ("LOAD_ERR_COMPILE_OUTPUT", "unknown filter: invalid formatting token proc.naem")
    ]
    assert errors(rule("evt.type=open", output="100%"))[0][0] == "LOAD_ERR_COMPILE_OUTPUT"
    for good in ("%proc.name.", "%20proc.name", "%evt.arg[0]", "%proc.aname[2]", "%toupper(proc.name)", "%proc.names"):
        assert not errors(rule("evt.type=open", output=f"'{good}'"))
    assert warnings(rule("evt.type=open", output="'%evt.dir %container.info'")) == ["LOAD_DEPRECATED_ITEM"] * 2


def test_what_the_configuration_appends_is_checked() -> None:
    def codes(option: str) -> list[str]:
        config = RuleConfig(read("", [f"append_output[]={option}"]))
        outcome = validate([RuleText("f.yaml", rule("evt.type=open").encode())], True, config.append_output)
        (result,) = json.loads(outcome.text)["falco_load_results"]
        return [p["code"] for p in result["errors"] + result["warnings"]]

    assert codes('{"extra_output": "%no.such"}') == ["LOAD_ERR_COMPILE_OUTPUT"]
    assert codes('{"extra_fields": ["no.such"]}') == ["LOAD_ERR_COMPILE_OUTPUT"]
    assert codes('{"extra_fields": [{"a": "%"}]}') == ["LOAD_ERR_COMPILE_OUTPUT"]
    assert codes('{"extra_fields": [{"a": "x %evt.dir"}]}') == ["LOAD_DEPRECATED_ITEM"]
    assert codes('{"match": {"rule": "other"}, "extra_fields": ["no.such"]}') == []
