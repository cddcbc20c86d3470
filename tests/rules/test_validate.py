"""--validate: errors and warnings with their places, as text and as JSON; bad input."""

from __future__ import annotations

import json

import pytest

from pysysdig.rules.load import RuleText
from pysysdig.rules.validate import validate
from tests.rules.texts import errors, judged, load, rule, warnings


def test_text() -> None:
    outcome = judged(rule("evt.type=open and proc.nme=cat"))
    assert outcome.status == 1
    assert outcome.text == (
        "f.yaml: Invalid\n"
        "1 Errors:\n"
        "In rules content: (f.yaml:0:0)\n"
        "    rule 'r': (f.yaml:0:2)\n"
        "    rule condition: (f.yaml:1:13)\n"
        '    condition expression: ("evt.type=open and...":2:32)\n'
        "------\n"
        "evt.type=open and proc.nme=cat\n"
        "                  ^\n"
        "------\n"
        "LOAD_ERR_COMPILE_CONDITION (Error compiling condition): filter_check called with nonexistent field proc.nme\n"
        "    hint: did you mean proc.name or proc.sname or proc.pname?\n"
        "\n"
    )
    assert judged(rule("evt.type=open"))[:3] == ("f.yaml: Ok\n", "", 0)


def test_warnings_are_in_the_log() -> None:
    outcome = judged(rule("proc.name=cat"))
    assert (outcome.text, outcome.status) == ("f.yaml: Ok, with warnings\n", 0)
    assert "LOAD_NO_EVTTYPE (Condition has no event-type restriction): Rule matches too many evt.type values." in outcome.log


def test_json() -> None:
    outcome = judged(rule("evt.type=open and fd.num=abc"), as_json=True)
    (file,) = json.loads(outcome.text)["falco_load_results"]
    assert outcome.text.endswith("\n") and outcome.text.count("\n") == 1
    assert {k: v for k, v in file.items() if k != "errors"} == {
        "name": "f.yaml", "schema_valid": True, "schema_warnings": [], "successful": False, "warnings": [],
    }  # fmt: skip
    (error,) = file["errors"]
    assert error["code"] == "LOAD_ERR_COMPILE_CONDITION"
    assert error["message"] == "abc is not a valid number"
    assert error["context"]["locations"][-1] == {
        "item_name": "", "item_type": "condition expression",
        "position": {"column": 32, "line": 2, "name": '"evt.type=open and..."', "offset": 41},
    }  # fmt: skip


def test_several_files_are_one_set() -> None:
    second = rule("evt.type=open and fd.name in (l)").encode()
    outcome = validate([RuleText("a.yaml", b"- list: l\n  items: [x]\n"), RuleText("b.yaml", second)])
    assert outcome.text == "a.yaml: Ok, with warnings\nb.yaml: Ok\n"
    assert outcome.status == 0


@pytest.mark.parametrize(
    ("condition", "hint"),
    [
        ("evt.type=opne", "did you mean open"),
        ("evt.type=open and proc.nam=x", "did you mean proc.name"),
        ("evt.type=open and ka.verb=create", "source: k8s_audit"),
        ("evt.type=open and okta.actor.id=x", "plugin"),
        ("evt.type=open and spawned_proces", "did you mean spawned_process?"),
    ],
)
def test_hints(condition: str, hint: str) -> None:
    text = "- macro: spawned_process\n  condition: evt.type=execve\n" + rule(condition)
    (problem,) = load(text).results[0].errors
    assert hint in problem.hint


def test_skip_if_unknown_filter() -> None:
    for keys in ({"condition": "evt.type=open and no.such=1"}, {"condition": "evt.type=nosuch"}, {"output": "'%no.such'"}):
        condition = keys.pop("condition", "evt.type=open")
        text = rule(condition, skip_if_unknown_filter="true", **keys)
        assert warnings(text) == ["LOAD_UNKNOWN_FILTER"]
        loaded = load(text)
        assert loaded.successful and not loaded.rules
    assert not load(rule("evt.type=open and fd.num=x", skip_if_unknown_filter="true")).successful


def test_warnings_of_conditions() -> None:
    assert warnings(rule("evt.type=open and proc.name regex ^abc.*")) == ["LOAD_COMPILE_CONDITION"]
    assert warnings(rule("evt.type=open and proc.name = proc.pname")) == ["LOAD_COMPILE_CONDITION"]
    (warning,) = load(rule("evt.type=open and evt.dir=< and not evt.dir=>")).results[0].warnings
    assert (warning.code, warning.deprecated_field) == ("LOAD_DEPRECATED_ITEM", "evt.dir")
    assert not warnings(rule("proc.name=x", warn_evttypes="false"))
    for narrow in ("evt.type=open", "not evt.type!=open", "evt.num=0", "evt.type in (open, close) and proc.name=a"):
        assert not warnings(rule(narrow))
    for wide in ("evt.type!=open", "not evt.type=open", "evt.type=open or proc.name=a", "evt.type exists", "evt.num>0"):
        assert warnings(rule(wide)) == ["LOAD_NO_EVTTYPE"]


def test_warnings_of_items() -> None:
    text = (
        "- list: 'a b'\n  items: [x]\n- macro: 1m\n  condition: evt.type=open\n- what: ever\n"
        + rule("evt.type=open", frob="1")
        + "  exceptions: [{name: e, fields: proc.name}, {name: e, fields: proc.name}]\n"
        + "- rule: r\n  exceptions: [{name: e}]\n  override: {exceptions: append}\n"
    )
    assert warnings(text) == [
        "LOAD_INVALID_LIST_NAME", "LOAD_INVALID_MACRO_NAME", "LOAD_UNKNOWN_ITEM", "LOAD_EXCEPTION_NAME_NOT_UNIQUE",
        "LOAD_UNKNOWN_KEY", "LOAD_APPEND_NO_VALUES", "LOAD_UNUSED_MACRO", "LOAD_UNUSED_LIST",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("a", "LOAD_ERR_YAML_VALIDATE", "Rules content is not yaml"),
        ("a: b", "LOAD_ERR_YAML_VALIDATE", "Rules content is not yaml array of objects"),
        ("- a", "LOAD_ERR_YAML_VALIDATE", "Unexpected element type. Each element should be a yaml associative array."),
        ("- a: [", "LOAD_ERR_YAML_PARSE", ""),
        ("- list: l\n  items: a", "LOAD_ERR_YAML_VALIDATE", "Value is not a sequence"),
        ("- list: l\n  items: [[a]]", "LOAD_ERR_YAML_VALIDATE", "sequence value is not scalar"),
        ("- list:\n  items: [a]", "LOAD_ERR_YAML_VALIDATE", "Mapping for key 'list' is empty"),
        ("- macro: m", "LOAD_ERR_YAML_VALIDATE", "Item has no mapping for key 'condition'"),
        ("- macro: m\n  condition: ''", "LOAD_ERR_YAML_VALIDATE", "Value must be non-empty"),
        ("- macro: m\n  condition: {a: b}", "LOAD_ERR_YAML_VALIDATE", "Value is not a scalar value"),
        ("- rule: r", "LOAD_ERR_YAML_VALIDATE", "Item has no mapping for key 'enabled'"),
        ("- rule: r\n  enabled: maybe", "LOAD_ERR_YAML_VALIDATE", "Can't decode YAML scalar value"),
        ("- rule: r\n  enabled: true", "LOAD_ERR_VALIDATE", "Rule has 'enabled' key but no rule by that name already exists"),
        ("- rule: r\n  append: true", "LOAD_ERR_VALIDATE", "but no rule by that name already exists"),
        ("- rule: r\n  desc: d\n  override: {desc: replace}", "LOAD_ERR_VALIDATE", "no rule by that name already exists"),
        ("- rule: r\n  override: {desc: replace}", "LOAD_ERR_YAML_VALIDATE", "was specified but 'desc' is not defined"),
        ("- rule: r\n  override: {desc: remove}", "LOAD_ERR_YAML_VALIDATE", "Invalid override operation for key 'desc'"),
        ("- rule: r\n  override: {rule: replace}", "LOAD_ERR_YAML_VALIDATE", "Key 'rule' cannot be replaced"),
        ("- rule: r\n  override: [a]", "LOAD_ERR_VALIDATE", "'override' must be a mapping"),
        ("- list: l\n  items: [a]\n  override: {items: append}", "LOAD_ERR_VALIDATE", "List uses 'append'"),
        ("- macro: m\n  condition: a\n  append: true", "LOAD_ERR_VALIDATE", "Macro uses 'append'"),
        ("- required_engine_version: x", "LOAD_ERR_YAML_VALIDATE", "Unable to parse engine version 'x' as a semver string."),
        ("- required_plugin_versions: x", "LOAD_ERR_YAML_VALIDATE", "Value of required_plugin_versions must be a sequence"),
    ],
)
def test_bad_items(text: str, code: str, message: str) -> None:
    found = errors(text)
    assert found and found[0][0] == code
    assert message in found[0][1]


# --- the schema


# --- bad input


def doubling(word: str, times: int) -> str:
    first = "- macro: m0\n  condition: evt.type=open\n"
    return first + "".join(f"- macro: m{i}\n  condition: m{i - 1} {word} m{i - 1}\n" for i in range(1, times))


def alias_bomb() -> str:
    lines = ["- list: a\n  items: &a0 [" + ",".join("x" * 10) + "]\n"]
    return "".join(lines + [f"- list: a{i}\n  items: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)])


def list_bomb(order: str) -> str:
    bodies = {"a": "x" * 10, "b": "a", "c": "b"}
    lists = "".join(f"- list: {name}\n  items: [{','.join([bodies[name]] * 900)}]\n" for name in order)
    return lists + rule("evt.type=open and proc.name in (c)")


def late_chain(length: int) -> str:
    """Macros that use the next one, which they may because they are appended to in the end."""
    macros = [f"- macro: m{i}\n  condition: m{i + 1} and m{i + 1}\n" for i in range(length)]
    more = [f"- macro: m{i}\n  append: true\n  condition: or fd.num=1\n" for i in range(length)]
    return "".join([*macros, f"- macro: m{length}\n  condition: evt.type=open\n", *more, rule("m0")])


BAD = {
    "a condition of 10 MB": (rule("evt.type=open or " + "x" * (10 << 20)), "the condition is longer than"),
    "many comparisons": (rule("evt.type=open" + " or fd.num=1" * 30_000), "the condition has more than 20000 comparisons"),
    "macros that double": (doubling("and", 40) + rule("m39"), "comparisons with its macros"),
    "macros that alternate": (
        doubling("and", 2)
        + "".join(f"- macro: m{i}\n  condition: fd.num=1 {'or' if i % 2 else 'and'} m{i - 1}\n" for i in range(2, 300)),
        "levels deep with its macros",
    ),
    "a late chain": (late_chain(150), "macros inside each other"),
    "brackets": (rule("(" * 5000 + "evt.type=open" + ")" * 5000), "exceeded max depth limit of 1000"),
    "aliases": (alias_bomb(), "more than 400000 nodes"),
    "an alias to itself": ("- list: a\n  items: &a [*a]\n", "contains itself"),
    "an unknown alias": ("- list: a\n  items: [*b]\n", "there is no anchor 'b'"),
    "lists of lists": (list_bomb("abc"), "a list of more than 500000 items"),
    "lists of later lists": (list_bomb("cba"), "the condition is longer than"),
    "depth": ("[" * 100_000, "nested deeper than 64 levels"),  # libyaml looks ahead in these: its own limit may come first
    "depth, a little": ("[" * 65, "nested deeper than 64 levels"),
    "depth of blocks": ("- " * 5000, "nested deeper than 64 levels"),
    "a file that is too long": ("#" * ((16 << 20) + 1), "the file has more than"),
    "control characters": ("- rule: \x01", "control characters are not allowed"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str) -> None:
    text, message = BAD[name]
    found = errors(text)
    assert any(message in shown for _, shown in found)


def test_misspelt_keys_get_a_hint() -> None:
    (result,) = load(rule("evt.type=open", tag="[x]", frobnicate="1")).results
    assert [(w.code, w.hint) for w in result.warnings] == [
        ("LOAD_UNKNOWN_KEY", "did you mean tags?"),
        ("LOAD_UNKNOWN_KEY", ""),
    ]


@pytest.mark.slow
def test_many_exceptions_take_no_time() -> None:
    """Also with one name, and appended ones: what they amount to is refused for its size alone."""
    many = ", ".join(f"{{name: e{i % 7000}, fields: [proc.name], values: [[a]]}}" for i in range(21_000))
    more = ", ".join(f"{{name: e{i % 7000}, values: [[a]]}}" for i in range(7_000))
    text = rule("evt.type=open", exceptions=f"[{many}]") + f"- rule: r\n  append: true\n  exceptions: [{more}]\n"
    assert errors(text) == [("LOAD_ERR_COMPILE_CONDITION", "the condition has more than 20000 comparisons")]


# --- the command line


def test_what_is_wrong_with_a_rule_is_told_at_once() -> None:
    """One mistake does not hide the next, whichever key it is in."""
    text = (
        "- rule: a\n  condition: evt.type=nosuch\n  output: '%no.such'\n  desc: d\n  priority: FOO\n  tags: 5\n"
        "  enabled: perhaps\n  exceptions:\n  - {name: e, fields: [proc.nme]}\n"
        "- rule: b\n  condition: evt.type=nonesuch\n  priority: INFO\n"
    )
    messages = " ".join(message for _, message in errors(text))
    for word in ("Invalid priority", "not a sequence", "proc.nme", "no.such", "event type nosuch", "event type nonesuch"):
        assert word in messages, word
    assert sum("key 'output'" in m or "key 'desc'" in m for _, m in errors(text)) == 2
    assert errors(text)[0][1] == "Invalid priority"  # as in the reference, which stops there
