"""Loading rule files: what definitions amount to."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.filter.ast import And
from pysysdig.rules.files import rule_files
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.rules.model import PRIORITIES, parse_priority
from tests.conftest import Call
from tests.rules.texts import compiled, errors, load, rule, warnings

OPEN = "evt.type = open"


# lists


def test_lists_replace_their_names() -> None:
    lists = '- list: l1\n  items: [a, "b c"]\n- list: l2\n  items: [l1, d]\n- list: l3\n  items: [l2, e]\n'
    lists += "- list: emp\n  items: []\n"
    assert compiled(lists + rule("evt.type=open and proc.name in (l2, z)")) == f'({OPEN} and proc.name in (a, "b c", d, z))'
    # one level is made when lists are, the others when conditions are: only in order of definition
    assert compiled(lists + rule("evt.type=open and proc.name in (l3)")) == f"({OPEN} and proc.name in (l1, d, e))"
    assert compiled(lists + rule("evt.type=open and proc.name in (x, emp)")) == f"({OPEN} and proc.name in (x))"
    assert compiled(lists + rule("evt.type=open and proc.name in (emp, x)")) == f"({OPEN} and proc.name in (x))"
    assert compiled(lists + rule("evt.type=open and proc.name in (emp)")) == f"({OPEN} and proc.name in ())"


def test_a_later_list_is_replaced_in_items_of_an_earlier_one() -> None:
    text = "- list: a\n  items: [b]\n- list: b\n  items: [x, y]\n"
    assert compiled(text + rule("evt.type=open and proc.name in (a)")) == f"({OPEN} and proc.name in (x, y))"


def test_lists_grow_and_are_redefined() -> None:
    text = "- list: l\n  items: [a]\n"
    use = rule("evt.type=open and proc.name in (l)")
    grown = "- list: l\n  items: [b]\n  override: {items: append}\n"
    assert compiled(text + use, grown) == f"({OPEN} and proc.name in (a, b))"
    assert compiled(text + use, "- list: l\n  items: [b]\n  append: true\n") == f"({OPEN} and proc.name in (a, b))"
    assert compiled(text + use, "- list: l\n  items: [b]\n") == f"({OPEN} and proc.name in (b))"
    assert compiled(text + use, "- list: l\n  items: [b]\n  override: {items: replace}\n") == f"({OPEN} and proc.name in (b))"


def test_a_list_in_itself_is_a_word() -> None:
    text = "- list: l\n  items: [l, a]\n" + rule("evt.type=open and proc.name in (l)")
    assert compiled(text) == f"({OPEN} and proc.name in (l, a))"


def test_a_list_name_is_replaced_wherever_it_stands() -> None:
    text = "- list: one\n  items: [x]\n"
    assert compiled(text + rule("evt.type=open and proc.name = one")) == f"({OPEN} and proc.name = x)"
    assert compiled(text + rule("evt.type=open and proc.name = onetwo")) == f"({OPEN} and proc.name = onetwo)"
    assert compiled("- list: my list\n  items: [x]\n" + rule("evt.type=open and proc.name in (my list)")).endswith("(x))")


# macros


def test_macros_see_what_is_before_them_and_rules_see_all() -> None:
    macros = "- macro: a\n  condition: evt.type=open\n- macro: b\n  condition: a and fd.num=3\n"
    assert compiled(rule("b or c") + macros + "- macro: c\n  condition: proc.name=x\n") == (
        f"(({OPEN} and fd.num = 3) or proc.name = x)"
    )
    assert errors("- macro: a\n  condition: b\n- macro: b\n  condition: evt.type=open\n" + rule("evt.type=open")) == [
        ("LOAD_ERR_VALIDATE", "Undefined macro 'b' used in filter.")
    ]


def test_an_appended_macro_may_use_what_came_in_between() -> None:
    macros = "- macro: a\n  condition: evt.type=open\n- macro: b\n  condition: fd.num=3\n"
    more = "- macro: a\n  condition: and b\n  override: {condition: append}\n"
    assert compiled(macros + more + rule("a")) == f"({OPEN} and fd.num = 3)"


def test_macro_cycles() -> None:
    text = "- macro: a\n  condition: evt.type=open\n- macro: b\n  condition: a\n- macro: a\n  condition: b\n"
    assert errors(text + rule("a"))[0] == ("LOAD_ERR_VALIDATE", "reference loop in macro 'b'")
    assert errors("- macro: a\n  condition: a\n" + rule("a"))[0] == ("LOAD_ERR_VALIDATE", "Undefined macro 'a' used in filter.")


def test_macros_are_shared() -> None:
    text = "- macro: m\n  condition: evt.type=open or evt.type=close\n"
    one, two = load(text + rule("m and fd.num=1", "a") + rule("m and fd.num=2", "b")).rules
    assert isinstance(one.tree, And) and isinstance(two.tree, And)
    assert one.tree.terms[0] is two.tree.terms[0]


# rules


def test_rules_are_redefined_in_place() -> None:
    loaded = load(rule("evt.type=open", "a") + rule("evt.type=open", "b"), rule("evt.type=close", "a", output="new"))
    assert [(r.name, r.output) for r in loaded.rules] == [("a", "new"), ("b", "o")]


def test_properties() -> None:
    keys = {"priority": "critical", "tags": "[b, a, b]", "enabled": "no", "warn_evttypes": "False", "capture": "yes"}
    (one,) = load(rule("evt.type=open", output='"  o %proc.name \\n"', capture_duration="0x10", **keys)).rules
    assert PRIORITIES[one.priority] == "Critical"
    assert one.tags == ["a", "b"]
    assert (one.enabled, one.capture, one.capture_duration, one.output) == (False, True, 16, "o %proc.name")


def test_priorities() -> None:
    assert [parse_priority(p) for p in ("EMERGENCY", "alert", "Info", "informational", "DEBUG")] == [0, 1, 6, 6, 7]
    assert [parse_priority(p) for p in ("warn", "err", "", "6")] == [None] * 4


def test_append_and_enabled() -> None:
    base = rule("evt.type=open", tags="[x]")
    assert compiled(base, "- rule: r\n  append: true\n  condition: and fd.num=3\n") == f"({OPEN} and fd.num = 3)"
    assert load(base + "- rule: r\n  enabled: false\n").rules[0].enabled is False
    assert warnings(base + "- rule: r\n  enabled: false\n") == ["LOAD_DEPRECATED_ITEM"]


def test_override() -> None:
    base = rule("evt.type=open", tags="[x]", enabled="false")
    changes = (
        "- rule: r\n  condition: and fd.num=3\n  output: more\n  desc: e\n  tags: [y]\n  priority: ERROR\n  enabled: true\n"
        "  override: {condition: append, output: append, desc: append, tags: append, priority: replace, enabled: replace}\n"
    )
    (one,) = load(base, changes).rules
    assert (one.output, one.description, one.tags, one.priority, one.enabled) == ("o more", "d e", ["x", "y"], 3, True)
    assert compiled(base, changes) == f"({OPEN} and fd.num = 3)"
    (two,) = load(base + "- rule: r\n  tags: [z]\n  override: {tags: replace}\n").rules
    assert two.tags == ["z"]


def test_exceptions() -> None:
    text = rule("evt.type=open and fd.num=3") + (
        "  exceptions:\n"
        "    - {name: x1, fields: [proc.name, fd.name], comps: [in, startswith], values: [[cat, /etc], [[a, b], /x y]]}\n"
        "    - {name: x2, fields: proc.name, values: [q, r s]}\n"
        "    - {name: x3, fields: [proc.pname], values: [[w]]}\n"
        "    - {name: x4, fields: fd.name, comps: startswith oneof}\n"
    )
    more = "- rule: r\n  exceptions:\n    - {name: x2, values: [zz]}\n    - {name: x4, values: [/a, /b]}\n  append: true\n"
    assert compiled(text, more) == (
        f"({OPEN} and fd.num = 3 and not ((proc.name in (cat) and fd.name startswith /etc) or (proc.name in (a, b) and "
        'fd.name startswith "/x y")) and not proc.name in (q, "r s", zz) and not proc.pname = w and not fd.name startswith '
        "oneof (/a, /b))"
    ).replace("(evt", "((evt").replace("fd.num = 3 and", "fd.num = 3) and")
    (one,) = load(text).rules
    assert one.exception_fields == ["proc.name", "fd.name", "proc.pname"]


@pytest.mark.parametrize(
    ("exception", "message"),
    [
        ("{name: e, fields: [proc.name, fd.name], comps: [=], values: []}", "Fields and comps lists must have equal length"),
        ("{name: e, fields: [proc.name], values: [[a, b]]}", "Fields and values lists must have equal length"),
        ("{name: e, fields: [no.such], values: [[a]]}", "'no.such' is not a supported filter field"),
        ("{name: e, fields: [proc.name], comps: [like], values: [[a]]}", "'like' is not a supported comparison operator"),
        ("{name: e, fields: proc.name, comps: [in]}", "Fields and comps must both be strings"),
        ("{name: e, fields: proc.name, comps: in, values: [[a]]}", "Expected values array to contain a list of strings"),
        ("{name: e, fields: proc.name, comps: =}", "When fields is a single value, comps must be one of"),
        ("{name: e, fields: []}", "Rule exception item must have fields property with a list of fields"),
        ("{name: e}", "Item has no mapping for key 'fields'"),
        ("{fields: proc.name}", "Item has no mapping for key 'name'"),
        ("{name: e, fields: 'proc.name=a or proc.name'}", "is not a supported filter field"),
    ],
)
def test_bad_exceptions(exception: str, message: str) -> None:
    (found,) = errors(rule("evt.type=open", exceptions=f"[{exception}]"))
    assert message in found[1]


def test_walk_through() -> None:
    """A rule for programs of one's own, then a file with local changes, step by step."""
    base = "- list: my_programs\n  items: [ls, cat, pwd]\n- macro: my_open\n  condition: evt.type in (open, openat)\n" + rule(
        "my_open and proc.name in (my_programs)", "my_programs_opened_file"
    )
    name = "my_programs_opened_file"
    local = "- list: my_programs\n  append: true\n  items: [cp]\n"
    opened = "evt.type in (open, openat)"
    assert compiled(base, local, name=name) == f"({opened} and proc.name in (ls, cat, pwd, cp))"
    local += "- macro: my_open\n  append: true\n  condition: or evt.type=openat2\n"
    assert compiled(base, local, name=name) == f"(({opened} or evt.type = openat2) and proc.name in (ls, cat, pwd, cp))"
    local += f"- rule: {name}\n  append: true\n  condition: and not user.name=root\n"
    assert compiled(base, local, name=name).endswith("proc.name in (ls, cat, pwd, cp) and not user.name = root)")


# files


def test_old_style_conditions() -> None:
    lists = "- list: c2\n  items: ['\"47.240.167.128\"', '\"114.114.114.114\"']\n- list: nets\n  items: ['\"10.0.0.0/8\"']\n"
    text = rule("evt.type=connect and evt.dir=< and (fd.sip in (c2) or fd.snet in (nets)) and fd.l4proto=udp")
    assert compiled(lists + text) == (
        "(evt.type = connect and evt.dir = < and (fd.sip in (47.240.167.128, 114.114.114.114) or fd.snet in (10.0.0.0/8)) and "
        "fd.l4proto = udp)"
    )
    assert warnings(lists + text) == ["LOAD_DEPRECATED_ITEM"]
    assert compiled(rule("evt.type=open and not fd.num=1 or fd.num=2 and fd.num=3")) == (
        "((evt.type = open and not fd.num = 1) or (fd.num = 2 and fd.num = 3))"
    )


def test_any_language() -> None:
    text = "- list: 程序\n  items: [ls, 猫]\n"
    text += rule("evt.type=openat and proc.name in (程序)", "打开文件", output="一个进程 %proc.name")
    (one,) = load(text).rules
    assert (one.name, one.output) == ("打开文件", "一个进程 %proc.name")
    assert compiled(text, name="打开文件") == "(evt.type = openat and proc.name in (ls, 猫))"


def test_documents_and_empty_items() -> None:
    loaded = load("---\n" + rule("evt.type=open", "a") + "---\n---\n- ~\n" + rule("evt.type=open", "b"))
    assert [r.name for r in loaded.rules] == ["a", "b"]
    assert load("").successful and load("# nothing\n").successful


def test_sources() -> None:
    text = rule("x.verb=create", source="aws_cloudtrail") + "- rule: r\n  condition: and x.x=1\n  append: true\n"
    assert warnings(text) == ["LOAD_UNKNOWN_SOURCE", "LOAD_DEPRECATED_ITEM"]
    loaded = load(text)
    assert loaded.successful and not loaded.rules
    assert "plugin" in loaded.results[0].warnings[0].hint
    assert errors(rule("evt.type=open") + rule("evt.type=open", source="k8s_audit")) == [
        ("LOAD_ERR_VALIDATE", "Rule has been re-defined with a different source")
    ]


NEEDS = "- required_plugin_versions: [{name: k8saudit-eks, version: 0.1.0, alternatives: [{name: k8saudit, version: 0.7.0}]}]\n"


@pytest.mark.parametrize(
    ("text", "every", "catalogue"),
    [("", True, "k8s_audit 0.31"), (NEEDS, True, "k8s_audit"), (NEEDS, False, "k8s_audit"), ("", False, None)],
)
def test_what_audit_rules_see(text: str, every: bool, catalogue: str | None) -> None:
    """Which fields they have is said by the plugins that files require."""
    audit = rule("ka.verb=create", source="k8s_audit", output="'%ka.verb'")
    loaded = load_rules([RuleText("a", text.encode()), RuleText("b", audit.encode())], every_source=every)
    assert loaded.successful and [r.catalogue for r in loaded.rules] == ([catalogue] if catalogue else [])
    later = load_rules([RuleText("a", audit.encode()), RuleText("b", text.encode())])
    assert [r.catalogue for r in later.rules] == ["k8s_audit" if text else "k8s_audit 0.31"]
    if catalogue is None:
        assert loaded.results[1].warnings[0].code == "LOAD_UNKNOWN_SOURCE"


@pytest.mark.parametrize(
    ("condition", "output", "message"),
    [
        ("proc.name=x", "o", "nonexistent field proc.name"), ("ka.verb=x", "'%proc.name'", "proc.name"),
        ("ka.verb in (a) and ka.verb glob x", "o", "not supported"), ("ka.verbs=x", "o", "ka.verbs"),
    ],
)  # fmt: skip
def test_audit_rules_have_their_own_fields(condition: str, output: str, message: str) -> None:
    assert message in errors(rule(condition, source="k8s_audit", output=output))[0][1]


def test_system_call_rules_have_none_of_them() -> None:
    assert "nonexistent field ka.verb" in errors(rule("evt.type=open and ka.verb=x"))[0][1]


def test_versions() -> None:
    for good in ("11", "0.31.0", "0.63.0", "0.0.5-rc1"):
        assert load(f"- required_engine_version: {good}\n").successful
    assert str(load("- required_engine_version: 11\n- required_engine_version: 0.2.0\n").required_engine_version) == "0.11.0"
    for bad in ("99999", "1.0.0", "0.64.0", "abc", "0.31"):
        assert not load(f"- required_engine_version: {bad}\n").successful


def test_plugins() -> None:
    needs = "- required_plugin_versions:\n  - {name: jason, version: 0.1.0, alternatives: [{name: jsn, version: 1.0.0}]}\n"
    loaded = load(needs + rule("evt.type=open"))
    assert loaded.missing_plugins == "Plugin requirement not satisfied, must load one of: jason (>= 0.1.0), jsn (>= 1.0.0)"
    assert load(needs + rule("json.value=1", source="aws_cloudtrail")).missing_plugins == loaded.missing_plugins
    for name in ("container", "k8saudit", "json"):
        assert not load(f"- required_plugin_versions: [{{name: {name}, version: 0.2.0}}]\n").missing_plugins
    assert errors("- required_plugin_versions: [{name: a, version: x}]\n")[0][1] == "Invalid required version 'x' for plugin 'a'"


def test_directories_in_order(tmp_path: Path) -> None:
    for name in ("b.yml", "a.yaml", "c.txt"):
        (tmp_path / name).write_text(rule("evt.type=open", name[0]))
    (tmp_path / "sub.yaml").mkdir()
    other = tmp_path / "c.txt"
    assert rule_files([str(other), str(tmp_path), str(other)]) == [str(tmp_path / n) for n in ("c.txt", "a.yaml", "b.yml")]
    assert [r.name for r in load_rules([str(tmp_path)]).rules] == ["a", "b"]


def test_loading_stops_at_the_first_bad_file() -> None:
    loaded = load(rule("evt.type=open", "a"), rule("no.such=1", "b"), rule("evt.type=open", "c"))
    assert [r.successful for r in loaded.results] == [True, False]
    assert loaded.rules == []
    every = load(rule("no.such=1", "b"), rule("evt.type=open", "c"), keep_going=True)
    assert [r.successful for r in every.results] == [False, False]  # the bad rule is still there


def test_missing_files() -> None:
    loaded = load_rules(["/no/such/file.yaml"])
    assert [p.code for p in loaded.results[0].errors] == ["LOAD_ERR_FILE_READ"]


def test_later_files_compile_what_they_change() -> None:
    """Results of earlier files are kept where nothing they depend on changes, and only there."""
    base = "- macro: m\n  condition: proc.name=a\n- list: l\n  items: [x]\n" + rule("evt.type=open and m and fd.name in (l)")
    fresh = rule("evt.type=close", "other")
    assert compiled(base, fresh) == f"({OPEN} and proc.name = a and fd.name in (x))"
    assert compiled(base, "- macro: m\n  condition: proc.name=b\n") == f"({OPEN} and proc.name = b and fd.name in (x))"
    assert compiled(base, "- list: l\n  items: [y]\n") == f"({OPEN} and proc.name = a and fd.name in (y))"
    assert compiled(base, "- list: x\n  items: [z]\n") == f"({OPEN} and proc.name = a and fd.name in (z))"
    assert compiled(base, "- list: a\n  items: [z]\n") == f"({OPEN} and proc.name = z and fd.name in (x))"
    assert warnings(base + rule("proc.name=x", "wide"), fresh) == ["LOAD_NO_EVTTYPE"]


PUBLIC = {
    "current_*": 97, "falco-0.27.0_falco_rules*": 62, "falco-0.31.1_falco_rules*": 69, "falco-0.27.0_k8s_audit*": 39,
    "falco-0.31.1_k8s_audit*": 39, "*cloudtrail*": 0,
}  # fmt: skip


@pytest.mark.parametrize("pattern", PUBLIC)
def test_public_rule_files_load(pattern: str, shared: Path) -> None:
    files = sorted(str(f) for f in (shared / "rules").glob(f"{pattern}.yaml"))
    if not files:
        pytest.skip("the public rule files are not here")
    loaded = load_rules(files)
    assert loaded.successful
    assert len(loaded.rules) == PUBLIC[pattern]
    if not PUBLIC[pattern]:
        assert {w.code for w in loaded.results[0].warnings} >= {"LOAD_UNKNOWN_SOURCE"}


def test_on_the_command_line(tmp_path: Path, call_cli: Call) -> None:
    file = tmp_path / "r.yaml"
    file.write_text(rule("evt.type=open and proc.name in (a, b)", "first") + rule("evt.type=close", "second"))
    shown = call_cli("--rules", file, "--list-rules")
    assert shown.stdout.decode().split("\n")[2].split() == ["first", "d"]
