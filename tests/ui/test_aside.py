"""Explanations by a process of its own."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pysysdig.ui.aside import Aside
from pysysdig.ui.messages import Explain, Failed, Reasons
from tests.ui.test_book import book

_PATIENCE = 60  # seconds


def answered(aside: Aside) -> Reasons | Failed:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        found = aside.answer()
        if found is not None:
            return found
        time.sleep(0.05)
    raise AssertionError("no answer")


def test_it_says_what_the_book_does(root: Path, tmp_path: Path) -> None:
    made = book(root)
    made.switch("Große")
    trace = tmp_path / "history0"
    trace.write_bytes((root / "captures" / "demo.scap").read_bytes())
    asked = Explain(7, "Sorts")
    expected = made.reasons(asked, [str(trace)])
    aside = Aside(made, asked, [str(trace), str(tmp_path / "gone")], str(tmp_path))
    trace.unlink()  # a newer file took its place
    assert answered(aside) == expected
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_explained_is_said(root: Path, tmp_path: Path) -> None:
    trace = root / "captures" / "demo.scap"
    found = answered(Aside(book(root), Explain(3, "Sorts", 5), [str(trace)], str(tmp_path)))
    assert isinstance(found, Failed) and found.number == 3 and "raises no alert" in found.text


def test_one_that_ends_early_is_no_answer(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.ui.aside._program", lambda task, number: "raise SystemExit(1)")
    found = answered(Aside(book(root), Explain(4, "Sorts"), [], str(tmp_path)))
    assert isinstance(found, Failed) and (found.number, "has ended" in found.text) == (4, True)


def test_one_that_is_not_wanted_is_gone(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.ui.aside._program", lambda task, number: "import time; time.sleep(600)")
    aside = Aside(book(root), Explain(4, "Sorts"), [], str(tmp_path))
    assert aside.answer() is None
    aside.end()
    with pytest.raises(ProcessLookupError):
        os.kill(aside._process.pid, 0)
    assert not list(tmp_path.iterdir())
