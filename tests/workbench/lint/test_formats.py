"""Reports for people and programs."""

from __future__ import annotations

import json
import re

from pysysdig.workbench.lint.formats import FORMATS, worst
from pysysdig.workbench.lint.run import lint
from pysysdig.workbench.lint.settings import LintSettings
from tests.workbench.lint.conftest import rule

HOSTILE = '- macro: "m\\e[31m\\x07"\n  condition: (proc.aname != "\\e]0;x\\a")\n' + rule("evt.type=close", '"\\e[2J<b>|`x"')


def report(name: str, text: str) -> str:
    return FORMATS[name](lint([("a.yaml", text.encode())], LintSettings()))


def test_text_shows_the_place() -> None:
    lines = report("text", rule("evt.type=close and proc.aname != a")).splitlines()
    assert lines[0].startswith("a.yaml:3:33: warning: PS005 ") and lines[0].endswith("[rule R]")
    assert lines[2] == " " * lines[1].index("proc.aname") + "^" + "~" * (len("proc.aname != a") - 1)
    assert report("text", rule("evt.type=close")) == "nothing found\n"


def test_json_has_all_of_it() -> None:
    rows = json.loads(report("json", "# pysysdig: ignore\n" + rule("evt.type=close and proc.aname != a")))["findings"]
    assert rows[0]["suppressed"] and (rows[0]["line"], rows[0]["column"], rows[0]["end_column"]) == (4, 33, 48)


def test_control_characters_come_out_of_no_report() -> None:
    for name in FORMATS:
        text = report(name, HOSTILE)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text.replace("\n", "")), name
        if name in ("json", "sarif"):
            assert "\x1b" not in json.dumps(json.loads(text), ensure_ascii=False).replace("\\u001b", "") or name == "json"


def test_annotations_are_one_line_each() -> None:
    text = report("github", rule("evt.type=close and proc.aname != 'a\n\n    %b'"))
    assert all(line.startswith("::") for line in text.splitlines())


def test_the_worst_counts() -> None:
    found = lint([("a.yaml", rule("evt.type=close and proc.pname != a").encode())], LintSettings()).findings
    assert worst(found) == 2 and worst([]) == 3 and worst([found[0]._replace(suppressed=True)]) == 3
