"""Loading rule files: what definitions amount to."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.rules.load import RuleText, load_rules
from tests.conftest import Call
from tests.rules.texts import compiled, errors, rule

# lists


# macros


# rules


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


def test_missing_files() -> None:
    loaded = load_rules(["/no/such/file.yaml"])
    assert [p.code for p in loaded.results[0].errors] == ["LOAD_ERR_FILE_READ"]


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
