"""What is wrong with rule files: in order, folded, limited, with places."""

from __future__ import annotations

import json

from pysysdig.rules import results
from pysysdig.rules.results import snippet
from tests.rules.texts import errors, judged, load, rule


def test_all_problems_in_one_run() -> None:
    text = (
        rule("evt.type=open and no.such=1", "a", output="'%no.where'")
        + rule("evt.type=open and (fd.num=1", "b")
        + rule("evt.type=open and nowhere", "c")
        + rule("evt.type=open", "d", priority="HIGHEST")
        + "- list: l\n"
    )
    found = errors(text)
    assert [code for code, _ in found] == [
        "LOAD_ERR_YAML_VALIDATE", "LOAD_ERR_YAML_VALIDATE", "LOAD_ERR_COMPILE_OUTPUT", "LOAD_ERR_COMPILE_CONDITION",
        "LOAD_ERR_COMPILE_CONDITION", "LOAD_ERR_VALIDATE",
    ]  # fmt: skip
    outcome = judged(text)
    assert outcome.text.count("LOAD_ERR") == 1 and outcome.log.count("LOAD_ERR") == 5
    assert not outcome.rule_set.rules


def test_an_error_in_a_macro_is_reported_once() -> None:
    text = "- macro: m\n  condition: evt.type=open and no.such=1\n" + rule("m", "a") + rule("m and fd.num=1", "b")
    (problem,) = load(text).results[0].errors
    assert not load(text).results[0].further
    assert problem.context.snippet({}) == "evt.type=open and no.such=1\n                  ^\n"


def test_number_of_errors_is_limited() -> None:
    (result,) = load("".join(rule("nowhere", f"r{i}") for i in range(200))).results
    assert len(result.further) == results.MAX_ERRORS
    assert result.further_text().startswith("1.yaml: more than 50 further errors:\n")


def test_warnings_of_a_kind_are_folded() -> None:
    """Three of each in full, of the others only the lines; JSON has them all."""
    text = "".join(f"- macro: m{i}\n  condition: evt.type=open\n" for i in range(40)) + "- list: a\n  items: [1]\n"
    log = judged(text).log
    assert log.count("In rules content") == 4 and "41 Warnings:\n" in log
    assert "and 37 more LOAD_UNUSED_MACRO (Unused macro): lines 6, 8, 10, " in log and log.endswith(", 44, ...\n")
    assert len(json.loads(judged(text, as_json=True).text)["falco_load_results"][0]["warnings"]) == 41


def test_one_further_error() -> None:
    broken = [rule(f"evt.type=open and no.{name}=1", name) for name in "abc"]
    assert "f.yaml: 1 further error:\n" in judged("".join(broken[:2])).log
    assert "f.yaml: 2 further errors:\n" in judged("".join(broken)).log


def test_there_is_no_context_in_an_empty_first_line() -> None:
    assert snippet(b"\nabc", 0) == snippet(b"", 0) == "<No context available>\n"


def test_places_are_in_bytes() -> None:
    (problem,) = load("# 描述\n- {rule: 打开, desc: 描述, condition: no.such=1, output: o, priority: INFO}\n").results[0].errors
    assert [tuple(loc.position) for loc in problem.context.locations] == [
        (0, 0, 0), (1, 2, 11), (1, 42, 51), (2, 43, 51),
    ]  # fmt: skip
    assert snippet("描述x\n".encode(), 6) == "描述x\n  ^\n"
    assert snippet(b"", 0) == "<No context available>\n"
    assert snippet(b"tags:\n", 6) == "tags:\n    ^\n"
    long = snippet(b"x" * 200 + b"y" + b"z" * 200, 200)
    assert long == "..." + "x" * 77 + "y" + "z" * 77 + "...\n" + " " * 80 + "^\n"
