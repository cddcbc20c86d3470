"""A test's rules on its events: what is raised, which rules are tried, what is kept between tests."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from pysysdig.workbench.files import read_suite
from pysysdig.workbench.model import Case
from pysysdig.workbench.play import Ids, forget, play, rules_of, sections_of
from pysysdig.workbench.reading import TestFileError

RULE = "- {{rule: {}, desc: d, condition: 'evt.type=openat and fd.name={}', output: 'file=%fd.name', priority: INFO}}\n"
EVENTS = "    events:\n      - {id: one, by: cat, open: /etc/shadow}\n      - {id: two, by: cat, open: /etc/passwd}\n"


def case(
    tmp_path: Path, what: str, rules: str = RULE.format("Shadow", "/etc/shadow") + RULE.format("Passwd", "/etc/passwd")
) -> Case:
    (tmp_path / "r.yaml").write_text(rules)
    test = tmp_path / "t_test.yaml"
    test.write_text(f"version: 1\nrules: [r.yaml]\ntests:\n  - name: t\n{what}    expect: []\n")
    (only,) = read_suite(str(test)).cases
    return only


def test_each_alert_is_at_its_event(tmp_path: Path) -> None:
    played = play(case(tmp_path, EVENTS))
    assert [(r.rule, r.id) for r in played.raised] == [("Shadow", "one"), ("Passwd", "two")]
    assert [rule.name for rule in played.rules] == ["Shadow", "Passwd"]
    assert all("file=/etc/" in r.text for r in played.raised)
    assert played.events >= 2


def test_an_observer_changes_nothing_and_sees_every_event(tmp_path: Path) -> None:
    seen: list[tuple[int, Ids]] = []
    one = case(tmp_path, EVENTS)
    played = play(one, lambda explainer, looked, sel, known: seen.append((len(sel), known)))
    assert played.raised == play(one).raised
    assert sum(n for n, _ in seen) == played.events
    assert set(seen[0][1].ids.values()) == {"one", "two"}


def test_only_some_rules(tmp_path: Path) -> None:
    played = play(case(tmp_path, "    only: [Passwd]\n" + EVENTS))
    assert [r.rule for r in played.raised] == ["Passwd"]
    with pytest.raises(TestFileError, match="Passwt"):
        rules_of(case(tmp_path, "    only: [Passwt]\n" + EVENTS))


def test_rules_that_do_not_load_have_no_outcome(tmp_path: Path) -> None:
    forget()
    with pytest.raises(TestFileError, match="nothing.there"):
        play(case(tmp_path, EVENTS, RULE.format("Bad", "/a and nothing.there=1")))


def test_files_are_read_once_until_it_is_told_to_forget(tmp_path: Path) -> None:
    forget()
    assert len(play(case(tmp_path, EVENTS)).raised) == 2
    fewer = case(tmp_path, EVENTS, RULE.format("Shadow", "/etc/shadow"))
    assert len(play(fewer).raised) == 2
    forget()
    assert len(play(fewer).raised) == 1


def test_a_trace_is_the_one_that_was_meant(tmp_path: Path, root: Path) -> None:
    shutil.copy(root / "captures" / "demo.scap", tmp_path / "d.scap")
    right = hashlib.sha256((tmp_path / "d.scap").read_bytes()).hexdigest()
    pinned = '    trace: d.scap\n    sha256: "{}"\n'
    assert [known.ids for _, known in sections_of(case(tmp_path, pinned.format(right)))] == [{}]
    with pytest.raises(TestFileError, match=right):
        list(sections_of(case(tmp_path, pinned.format("0" * 64))))
