"""README.md shows what the program prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import Call

EXAMPLES = re.findall(
    r"^    \$ pysysdig (.*)\n((?:    .*\n)+)", (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8"), re.M
)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 3


@pytest.mark.parametrize(("words", "shown"), EXAMPLES, ids=[words for words, _ in EXAMPLES])
def test_examples(words: str, shown: str, root: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setenv("COLUMNS", "200")
    done = call_cli(*shlex.split(words))
    text = (done.stdout or done.stderr).decode("latin-1")
    assert [line.rstrip() for line in text.splitlines()] == [line[4:] for line in shown.splitlines()]
