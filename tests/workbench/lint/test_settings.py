"""The file .pysysdig-rules.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.workbench.lint.settings import LintSettings, known_code, read_settings
from pysysdig.workbench.reading import TestFileError


def test_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_settings() == LintSettings()
    path = tmp_path / ".pysysdig-rules.yaml"
    path.write_text("lint:\n  disable: [PS011]\n  severity: {PS005: error, LOAD_UNUSED_LIST: note}\n  tests: [tests]\n")
    settings = read_settings()
    assert settings.wants("PS005") and not settings.wants("PS011") and settings.levels["LOAD_UNUSED_LIST"] == "note"
    assert read_settings(str(path)).tests == (str(tmp_path / "tests"),)


@pytest.mark.parametrize(
    "text", ["lint: {disable: [PS999]}", "lint: {severity: {PS001: bad}}", "lint: {nosuch: 1}", "lint: [", "other: 1"]
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(text)
    with pytest.raises(TestFileError, match=r"s\.yaml"):
        read_settings(str(path))


def test_errors_of_the_loader_are_always_wanted() -> None:
    assert LintSettings(only=frozenset({"PS001"})).wants("LOAD_ERR_VALIDATE")
    assert known_code("LOAD_NO_EVTTYPE") and not known_code("PS000")
