"""What is said of conditions as they are written."""

from __future__ import annotations

import pytest

from tests.workbench.lint.conftest import Lint, rule

BASE = "evt.type in (openat, openat2) and fd.num>=0 and "


def marked(found: list) -> list[tuple[str, str]]:  # type: ignore[type-arg]
    return [(f.code, f.text[f.start : f.end]) for f in found]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("evt.type=open and fd.num>=0", [("PS003", "open")]),
        ("evt.type in (open, openat, openat2) and fd.num>=0", []),
        ("(evt.type=open or evt.type=openat or evt.type = openat2) and fd.num>=0", []),
        ("not evt.type in (open) and evt.type=close", []),
        ("evt.type=execve and proc.name != bash", [("PS003", "execve")]),
        (BASE + "proc.name = sixteen_bytes_ab", [("PS004", "sixteen_bytes_ab")]),
        (BASE + "proc.name in (fifteen_bytes_a, 'sixteen_bytes_ab')", [("PS004", "'sixteen_bytes_ab'")]),
        (BASE + "proc.aname[2] = fifteen_bytes_a", []),
        (BASE + "proc.exe = sixteen_bytes_ab", []),
        (BASE + "proc.aname != bash", [("PS005", "proc.aname != bash")]),
        (BASE + "proc.pname != bash", [("PS005", "proc.pname != bash")]),
        (BASE + "proc.name != bash", []),
        (BASE + "proc.pname = <NA>", [("PS006", "proc.pname = <NA>")]),
        (BASE + "user.name = <NA>", []),  # a text, where the user is not known
        (BASE + "fd.name in (/etc/, /etc)", [("PS010", "/etc/")]),
        (BASE + "fd.name = etc/passwd", [("PS010", "etc/passwd")]),
        (BASE + "fd.name pmatch (/etc/)", []),
        (BASE + "proc.name = /bin/cat", [("PS010", "/bin/cat")]),
        (BASE + "proc.exe = /bin/cat", []),
        (BASE + "proc.args regex '.*x.*' and proc.name=a", [("PS013", "proc.args regex '.*x.*'")]),
        (BASE + "proc.name=a and proc.args contains x", []),
    ],
)
def test_findings_and_their_places(lint_text: Lint, condition: str, expected: list[tuple[str, str]]) -> None:
    found = [f for f in lint_text(rule(f'"{condition}"')) if f.code not in ("PS002", "PS011")]
    assert marked(found) == [(code, text) for code, text in expected]


@pytest.mark.parametrize("style", ["{}", "'{}'", '"{}"', ">\n    {}", "|\n    {}", ">-\n\n    {}"])
def test_places_in_all_styles_of_scalars(lint_text: Lint, style: str) -> None:
    condition = "evt.type in (openat,\n      openat2) and fd.num>=0\n      and proc.aname != bäh and fd.name = /etc/"
    text = "# ä\n" + rule(style.format(condition))
    assert marked(lint_text(text, only="PS005 PS010")) == [("PS005", "proc.aname != bäh"), ("PS010", "/etc/")]


def test_lists_are_looked_into_where_names_are_compared(lint_text: Lint) -> None:
    lists = "- list: inner\n  items: [sixteen_bytes_ab]\n- list: öuter\n  items: [inner, a]\n"
    (found,) = lint_text(lists + rule("evt.type=close and proc.name in (öuter)"), only="PS004")
    assert (found.kind, found.item, found.lines()[:2]) == ("list", "inner", (2, 11))
    assert lint_text(lists + rule("evt.type=close and proc.exe in (öuter)"), only="PS004") == []


def test_macros_with_equal_bodies_are_told_apart(lint_text: Lint) -> None:
    macros = "".join(f"- macro: {name}\n  condition: (proc.aname != a)\n" for name in ("first", "second"))
    found = lint_text(macros + rule("evt.type=close and first and second"), only="PS005")
    assert [f.item for f in found] == ["first", "second"]
