"""What pages ask for: the events, tables and explanations of the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pysysdig.rules.engine import active_rules
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.rules.model import PRIORITIES
from pysysdig.viewer import answers as module
from pysysdig.viewer.answers import PAGE, Answers, Served
from pysysdig.workbench.explain import Explainer
from tests.conftest import Call
from tests.report.made import data_of, seen_by_rules, table

RULE = b"""
- rule: Opened
  desc: d
  condition: evt.type=openat and fd.name startswith /etc
  output: opened %fd.name
  priority: WARNING
"""


@pytest.fixture
def capture(root: Path) -> Path:
    return root / "captures" / "demo.scap"


@pytest.fixture
def answers(capture: Path) -> Answers:
    loaded = load_rules([RuleText("r.yaml", RULE)])
    return Answers([Served(str(capture), b"<page>")], Explainer(loaded, active_rules(loaded.rules, len(PRIORITIES))))


def asked(answers: Answers, path: str, **question: str) -> dict[str, Any]:
    answer = answers(path, question)
    assert answer.status == 200, answer.body
    data: dict[str, Any] = json.loads(answer.body)
    return data


def test_events_come_page_by_page(answers: Answers, capture: Path, call_cli: Call) -> None:
    wanted = [int(n) for n in call_cli("-r", str(capture), "-p", "%evt.num", "evt.dir=<").stdout.split()]
    assert len(wanted) > 2 * PAGE
    got: list[int] = []
    while True:
        data = asked(answers, "/events", filter="evt.dir=<", after=str(got[-1] if got else 0))
        assert len(data["lines"]) <= PAGE
        got += [number for number, _ in data["lines"]]
        if not data["more"]:
            break
    assert got == wanted
    assert all(str(number) in text.split()[0] for number, text in data["lines"])


def test_a_table_of_a_filter_is_that_of_a_report_with_it(answers: Answers, capture: Path) -> None:
    data = asked(answers, "/table", view="files", filter="proc.name!=bash")
    wanted = table(data_of(capture, "proc.name!=bash"), "files")
    assert data["rows"] == wanted["rows"] and data["rows"]


def test_a_filter_may_need_more_of_the_state_than_the_table_does(answers: Answers) -> None:
    assert asked(answers, "/table", view="files", filter="fd.types intersects (file)")["rows"]


def test_why_a_rule_fired(answers: Answers, capture: Path) -> None:
    fired = seen_by_rules(capture, "evt.type=openat and fd.name startswith /etc")
    others = seen_by_rules(capture, "not (evt.type=openat and fd.name startswith /etc)")
    for number, said in ((fired[0], "fired"), (fired[-1], "fired"), (others[-1], "false: ")):
        lines = asked(answers, "/explain", rule="Opened", event=str(number))["lines"]
        assert lines[0].startswith(f"event {number} ") and said in lines[1], lines


@pytest.mark.parametrize(
    ("path", "question", "status", "said"),
    [
        ("/events", {"filter": "evt.typ=1"}, 400, "evt.typ"),
        ("/events", {"filter": "a" * 10_000}, 400, "too long"),
        ("/events", {"after": "-1"}, 400, "after"),
        ("/events", {"after": "9" * 30}, 400, "after"),
        ("/table", {"view": "../x"}, 400, "view is one of"),
        ("/explain", {"rule": "Opened", "event": "x"}, 400, "event"),
        ("/explain", {"rule": "<b>", "event": "1"}, 404, "no such rule"),
        ("/explain", {"rule": "Opened", "event": "999999999"}, 404, "no event"),
        ("/../etc/passwd", {}, 404, "nothing"),
        ("/0/events", {}, 404, "nothing"),
        ("//", {}, 404, "nothing"),
    ],
)
def test_what_means_nothing(answers: Answers, path: str, question: dict[str, str], status: int, said: str) -> None:
    answer = answers(path, question)
    assert answer.status == status and said in answer.body.decode() and b"Traceback" not in answer.body


def test_several_captures(capture: Path) -> None:
    two = Answers([Served("<i>", b"first"), Served(str(capture), b"second")])
    assert b"<i>" not in two("/", {}).body
    assert two("/1/", {}).body == b"second"
    assert asked(two, "/1/events", filter="evt.type=openat")["lines"]
    for path in ("/2/", "/01/", "/-1/", "/\u0661/", "/1", "/1/x", "/1/events/"):
        assert two(path, {}).status == 404
    assert two("/1/explain", {"rule": "a", "event": "1"}).status == 404


def test_an_answer_has_its_time(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TIME", -1.0)
    assert answers("/events", {"filter": "evt.num=999999"}).status == 503


def test_one_after_the_other(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WAIT", 0.01)
    with answers._turn:
        assert answers("/events", {}).status == 503
    assert answers("/events", {}).status == 200
