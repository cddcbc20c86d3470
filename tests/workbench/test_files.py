"""Reading test files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.workbench.files import read_suite, test_files
from pysysdig.workbench.reading import TestFileError
from tests.workbench.conftest import Try

_HEAD = "version: 1\nrules: [r]\ntests: "
_TEST = "[{name: x, events: [{by: a, open: /x}], expect: []}]"
_MANY = list(range(200))


def _expecting(want: str) -> str:
    return f"{_HEAD}[{{name: x, events: [], expect: [{want}]}}]"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tests: []", "this program reads test files of `version: 1`"),
        ("version: 2\ntests: []", "version: 1"),
        ("version: 1", "there are no tests"),
        ("version: 1\ntets: []", "did you mean tests?"),
        ("version: 1\ntests: [{name: x, expect: [], rules: [r]}]", "a test has a trace or events"),
        ("version: 1\ntests: [{name: x, events: [], trace: y, expect: [], rules: [r]}]", "a test has a trace or events"),
        ("version: 1\ntests: [{events: [], expect: []}]", "a test has a name"),
        ("version: 1\ntests: [{name: x, events: []}]", "a test expects something"),
        (f"version: 1\ntests: {_TEST}", "there are no rules"),
        (f"config: {{json: true}}\n{_HEAD}{_TEST}", "key of config"),
        (_expecting("{rule: R, fields: {proc.nam: a}}"), "proc.nam"),
        (
            "version: 1\nrules: [r]\ntests: [{name: x, events: [], expect: [{rule: R, count: -1}]}]",
            "count must be a whole number",
        ),
        (
            "version: 1\nrules: [r]\ntests: [{name: x, events: [], expect: [{rule: R, output: {regex: '('}}]}]",
            "no regular expression",
        ),
        (f"{_HEAD}[{{name: x, events: [], expect: [], matrix: {{a: {_MANY}, b: {_MANY}}}}}]", "40000"),
        ("a: &a [*a]", "contains itself"),
        ("[" * 100 + "]" * 100, "nested deeper"),
        ("version: 1\n---\nversion: 1", "one YAML document"),
    ],
)
def test_mistakes_are_said_with_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad_test.yaml"
    path.write_text(text)
    with pytest.raises(TestFileError) as caught:
        read_suite(str(path))
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_places_have_line_and_caret(tmp_path: Path) -> None:
    path = tmp_path / "bad_test.yaml"
    path.write_text("version: 1\nrules: [r]\ntests:\n- {name: x, evnts: []}\n")
    with pytest.raises(TestFileError) as caught:
        read_suite(str(path))
    lines = str(caught.value).splitlines()
    assert lines[0].endswith(":4: there is no key of a test 'evnts'")
    assert lines[1] == "  - {name: x, evnts: []}"
    assert lines[2].index("^") == lines[1].index("evnts")
    assert lines[3] == "did you mean events?"


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb_test.yaml"
    path.write_text(
        "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdef", "bcdefg"))
    )
    with pytest.raises(TestFileError, match="nodes"):
        read_suite(str(path))


def test_finding(tmp_path: Path) -> None:
    for name in ("b_test.yaml", "a_test.yml", "rules.yaml", "sub/c_test.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = [Path(p).relative_to(tmp_path).as_posix() for p in test_files([str(tmp_path)])]
    assert found == ["a_test.yml", "b_test.yaml", "sub/c_test.yaml"]
    with pytest.raises(TestFileError, match="no such file"):
        test_files([str(tmp_path / "nowhere")])


def test_a_trace_is_a_fixture(attempt: Try, root: Path) -> None:
    import hashlib

    trace = root / "captures" / "demo.scap"
    digest = hashlib.sha256(trace.read_bytes()).hexdigest()
    text = """
tests:
- name: cats
  append_rules: |
    - rule: Cat
      desc: x
      condition: evt.type=openat and proc.name=cat
      output: cat (file=%fd.name)
      priority: NOTICE
  trace: {trace}
  sha256: {digest}
  only: [Cat]
  filter: fd.name contains /etc
  expect: [{{rule: Cat, count: {{min: 1}}, fields: {{fd.name: {{startswith: /etc/}}}}}}]
"""
    (outcome,) = attempt(text.format(trace=trace, digest=digest))
    assert outcome.status == "passed", outcome
    assert outcome.events > 0
    (outcome,) = attempt(text.format(trace=trace, digest="0" * 64))
    assert outcome.status == "error"
    assert digest in outcome.reason
