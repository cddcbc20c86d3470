"""Explanations as text and as JSON."""

from __future__ import annotations

import json

from tests.workbench.explained import looked


def test_json_has_the_tree() -> None:
    explainer, found = looked(("restic", "/etc/shadow"))
    document = json.loads(json.dumps(found.explain(0, 0).as_json()))
    assert (document["rule"], document["status"], document["alerted"]) == ("Shadow", "excepted", False)
    assert document["excepted"] == [{"name": "backup", "row": 1}]
    assert document["event"]["num"] == 1 and document["source"] == {"file": "f.yaml", "line": 6, "column": 3}
    tree = document["tree"]
    assert tree["op"] == "and" and tree["value"] is False
    own = tree["children"][0]
    assert own["children"][0]["macro"] == "opened"
    assert own["children"][1]["matched_items"] == [
        {"item": "/etc/shadow", "list": None, "source": {"file": "f.yaml", "line": 8, "column": 25}}
    ]
    row = tree["children"][1]["children"][0]["children"][1]
    assert row["exception"] == {"name": "backup", "row": 1} and row["value"] is True


def test_the_text_opens_what_decides_and_says_where_it_is() -> None:
    explainer, found = looked(("bash", "/etc/shadow"))
    text = "\n".join(found.explain(0, 0).as_text())
    assert "x not proc.name in (shells)" in text and "proc.name = bash   item bash of list shells (f.yaml:3)" in text
    assert "fd.num >= 0" not in text and "fd.num >= 0" in "\n".join(found.explain(0, 0).as_text(full=True))
