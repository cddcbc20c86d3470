"""The same in words."""

from __future__ import annotations

from pysysdig.workbench.survey_text import lines, one_line
from tests.workbench.explained import surveyed


def test_one_line() -> None:
    assert one_line(surveyed("Never", ("cat", "/etc/passwd"))) == "never tried: no event of type open (openat: 1)"
    assert one_line(surveyed("Etc", ("evil", "/etc/shadow"))) == "true of 1 event, which other rules took: Shadow"
    assert one_line(surveyed("Shadow", ("bash", "/etc/shadow"))) == (
        "closest: 1 event (the first is 1) lacks only not proc.name in (shells)"
    )


def test_starts_of_calls() -> None:
    rules = "- rule: R\n  desc: d\n  condition: evt.type=openat and evt.dir=>\n  output: o\n  priority: INFO\n"
    assert one_line(surveyed("R", ("cat", "/a"), rules=rules)) == (
        "never tried: it asks for the starts of calls (openat), and rules see the ends"
    )


def test_no_event_type_at_all() -> None:
    rules = "- rule: R\n  desc: d\n  condition: evt.type=open and evt.type=close\n  output: o\n  priority: INFO\n"
    assert "rules out every type" in one_line(surveyed("R", ("cat", "/a"), rules=rules))


def test_the_whole_answer() -> None:
    text = "\n".join(lines(surveyed("Shadow", ("bash", "/etc/shadow"))))
    assert "1 event, 1 tried, 0 matched, 0 alerts" in text
    assert "only x not proc.name in (shells)  f.yaml:8" in text and "item bash of list shells (f.yaml:3)" in text
