"""A scene as a test file: whatever is in texts of a trace, the file says the same."""

from __future__ import annotations

import pytest

from pysysdig.rules.yamldoc import NULL, Document
from pysysdig.workbench.extract import Scene, Taken
from pysysdig.workbench.extract_yaml import test_file as written

TEXTS = ("a: b", "# x", "{", "yes", "12", "é", "'", '"', "a\nb", "- x", "~", "", "*a", "&a", "!x", "%p", "@x", "a,b", "x: [y]")
UNSHOWN = ("\x1b[31m", "\x7f", "\x85", "\u2028", "\u202e", "\U000e0001", "\\x1b")  # a terminal shows none of these as they are


@pytest.mark.parametrize("text", TEXTS + UNSHOWN)
def test_texts_come_back(text: str) -> None:
    scene = Scene()
    scene.machine.processes["p"] = {"exe": text, "args": [text, None]}
    scene.events.append(Taken(5, 10, "p", {"open": text}))
    file = written(scene, [text], text, {5: ["R", "R", text]}, ["x"])
    assert file.replace("\n", "").isprintable()
    (root,) = Document(file.encode()).read()
    process = root.entries["machine"].entries["processes"].entries["p"]
    assert process.entries["exe"].text == text and process.entries["args"].items[1].kind == NULL
    (test,) = root.entries["tests"].items
    assert test.entries["name"].text == text and test.entries["events"].items[0].entries["open"].text == text
    wanted = test.entries["expect"].entries["e5"].items
    assert wanted[0].entries["count"].text == "2" and wanted[1].text == text


def test_times_are_kept_and_only_the_last_of_several_has_the_id() -> None:
    scene = Scene()
    scene.events += [Taken(5, 1000, "p", {"socket": {}}), Taken(5, 2000, "p", {"connect": {}}), Taken(7, 9000, "p", {"exit": 0})]
    text = written(scene, ["r"], "n", {}, [])
    assert "{by: p, socket" in text and "{id: e5, at: +1000ns, by: p" in text and "{id: e7, at: +7000ns" in text
