"""What is said of definitions, exceptions, tags and tests."""

from __future__ import annotations

from tests.workbench.lint.conftest import Lint, rule

CONDITION = "evt.type=openat2 and fd.num>=0 and fd.name startswith /etc"


def test_definitions_that_later_files_replace(lint_text: Lint) -> None:
    macro = "- macro: shells\n  condition: (proc.name in (bash, sh))\n"
    first = macro + rule("evt.type=close and shells")
    (found,) = lint_text(first, macro.replace("bash", "zsh"), only="PS008")
    assert (found.file, found.level) == ("b.yaml", "warning") and "R" in found.message
    (same,) = lint_text(first, macro, only="PS008")
    assert same.level == "note"
    more = "- macro: shells\n  condition: or proc.name=zsh\n  override: {condition: append}\n"
    assert lint_text(first, more, only="PS008") == []


def exceptions(rows: str, comps: str = "[=, =]") -> str:
    return f"  exceptions:\n  - {{name: e, fields: [proc.name, fd.name], comps: {comps}, values: [{rows}]}}\n"


def test_rows_of_exceptions_that_do_nothing(lint_text: Lint) -> None:
    def dead(rows: str, comps: str = "[=, =]") -> list[str]:
        found = lint_text(rule(CONDITION, output="'%proc.name %fd.name'", more=exceptions(rows, comps)), only="PS009")
        return [f.message for f in found]

    assert dead("[cat, /etc/x], [cat, /etc/y]") == []
    assert dead("[cat, /usr/x], [cat, /etc/y]") == ["row 0 of exception `e` never applies: the condition excludes it"]
    assert dead("[cat, /etc/x], [vi, /etc/x], [cat, /etc/x]") == ["row 2 of exception `e` is the same as row 0"]
    assert dead("[cat, /etc/x/y], [cat, /etc/x]", "[=, startswith]") == []  # the constant of a row is not one of its values
    assert dead("[cat, [/etc/x]], [cat, [/etc/x, /etc/y]]", "[=, in]") == ["row 0 of exception `e` is part of row 1"]


def test_constants_in_exceptions_that_nothing_is_equal_to(lint_text: Lint) -> None:
    def told(rows: str, comps: str = "[=, =]") -> list[tuple[str, str]]:
        rules = rule(CONDITION, output="'%proc.name %fd.name'", more=exceptions(rows, comps))
        return [(f.code, f.text[f.start : f.end]) for f in lint_text(rules, only="PS004 PS010")]

    assert told("[sixteen_bytes_ab, /etc/x]") == [("PS004", "sixteen_bytes_ab")]
    assert told("[/usr/bin/cat, /etc/x]") == [("PS010", "/usr/bin/cat")]
    assert told("[[a, sixteen_bytes_ab], /etc/x/]", "[in, =]") == [("PS004", "sixteen_bytes_ab"), ("PS010", "/etc/x/")]
    assert told("[cat, /etc/]", "[=, startswith]") == []
    single = "  exceptions: [{name: e, fields: proc.name, comps: in, values: [sixteen_bytes_ab, a]}]\n"
    (found,) = lint_text(rule(CONDITION, output="'%proc.name'", more=single), only="PS004")
    assert found.fix is not None and found.fix.edits[0].text == "sixteen_bytes_a"


def test_rows_that_a_later_file_appends(lint_text: Lint) -> None:
    first = rule(CONDITION, output="'%proc.name %fd.name'", more=exceptions("[cat, /etc/x]"))
    more = "- rule: R\n  exceptions: [{name: e, values: [[cat, /etc/y], [cat, /etc/x]]}]\n  override: {exceptions: append}\n"
    (found,) = lint_text(first, more, only="PS009")
    assert found.file == "b.yaml" and found.text[found.start : found.end] == "[cat, /etc/x]"


def test_exceptions_that_the_output_does_not_show(lint_text: Lint) -> None:
    found = lint_text(rule(CONDITION, output="'%proc.name'", more=exceptions("[cat, /etc/x]")), only="PS009")
    assert [(f.level, "fd.name" in f.message) for f in found] == [("note", True)]


def test_tags(lint_text: Lint) -> None:
    def tags(text: str) -> list[str]:
        found = lint_text(rule("evt.type=close", more=f"  tags: [{text}]\n"), only="PS014")
        return [f.text[f.start : f.end] for f in found]

    assert tags("mitre_execution, T1059, T1059.004, container") == []
    assert tags("mitre_execution, T1565") == ["T1565"]
    assert tags("mitre_nonsense, T9999") == ["mitre_nonsense", "T9999"]
    assert tags("T1565") == []


def test_rules_without_tests(lint_text: Lint) -> None:
    rules = rule("evt.type=close", "A") + rule("evt.type=close and fd.num=1", "B")
    assert [f.item for f in lint_text(rules, only="PS015", tested={"B"})] == ["A"]
    assert lint_text(rules, only="PS015") == []
