"""Definitions by name: redefined in place, appended to, overridden; what they require."""

from __future__ import annotations

from tests.rules.texts import OPEN, compiled, errors, load, rule, warnings


def test_lists_grow_and_are_redefined() -> None:
    text = "- list: l\n  items: [a]\n"
    use = rule("evt.type=open and proc.name in (l)")
    grown = "- list: l\n  items: [b]\n  override: {items: append}\n"
    assert compiled(text + use, grown) == f"({OPEN} and proc.name in (a, b))"
    assert compiled(text + use, "- list: l\n  items: [b]\n  append: true\n") == f"({OPEN} and proc.name in (a, b))"
    assert compiled(text + use, "- list: l\n  items: [b]\n") == f"({OPEN} and proc.name in (b))"
    assert compiled(text + use, "- list: l\n  items: [b]\n  override: {items: replace}\n") == f"({OPEN} and proc.name in (b))"


def test_rules_are_redefined_in_place() -> None:
    loaded = load(rule("evt.type=open", "a") + rule("evt.type=open", "b"), rule("evt.type=close", "a", output="new"))
    assert [(r.name, r.output) for r in loaded.rules] == [("a", "new"), ("b", "o")]


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
    for name in ("container", "k8smeta", "k8saudit", "json"):
        assert not load(f"- required_plugin_versions: [{{name: {name}, version: 0.2.0}}]\n").missing_plugins
    assert errors("- required_plugin_versions: [{name: a, version: x}]\n")[0][1] == "Invalid required version 'x' for plugin 'a'"


def test_sources() -> None:
    text = rule("x.verb=create", source="aws_cloudtrail") + "- rule: r\n  condition: and x.x=1\n  append: true\n"
    assert warnings(text) == ["LOAD_UNKNOWN_SOURCE", "LOAD_DEPRECATED_ITEM"]
    loaded = load(text)
    assert loaded.successful and not loaded.rules
    assert "plugin" in loaded.results[0].warnings[0].hint
    assert errors(rule("evt.type=open") + rule("evt.type=open", source="k8s_audit")) == [
        ("LOAD_ERR_VALIDATE", "Rule has been re-defined with a different source")
    ]
